using System.Globalization;
using System.Text;

namespace Tallystick.StripeSimulator.Wire;

/// <summary>
/// One node of a decoded <c>application/x-www-form-urlencoded</c> body or query with brackets:
/// either a scalar or a set of named children (<c>a[b]=1</c>, <c>a[]=1</c>, <c>a[0][b]=1</c>).
/// </summary>
internal sealed class FormNode
{
    // Deeper or wider than any parameter of the real interface; a bound so that no body can grow without limit.
    const int DepthMax = 8;
    const int PairsMax = 2000;

    // Indexes sort as numbers and before names, so that a[10] comes after a[9].
    static readonly Comparer<string> IndexOrder = Comparer<string>.Create((left, right) =>
        (IsIndex(left), IsIndex(right)) switch
        {
            (true, true) when left.Length != right.Length => left.Length - right.Length,
            (true, false) => -1,
            (false, true) => 1,
            _ => string.CompareOrdinal(left, right),
        });

    readonly SortedDictionary<string, FormNode> children = new(IndexOrder);

    public string? Value { get; private set; }

    public IReadOnlyDictionary<string, FormNode> Children => children;

    public bool IsScalar => Value is not null;

    /// <summary>Decodes pairs; false with the reason when brackets do not match or one name is used in two ways.</summary>
    public static bool TryParse(string text, out FormNode root, out string wrong)
    {
        root = new FormNode();
        wrong = "";
        var pairs = text.Split('&', StringSplitOptions.RemoveEmptyEntries);
        if (pairs.Length > PairsMax)
        {
            wrong = "Too many parameters.";
            return false;
        }

        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = Decode(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : Decode(pair[(equals + 1)..]);
            if (!TryPath(name, out var path) || !root.TryPut(path, value))
            {
                wrong = $"Invalid request: the parameter '{name}' could not be decoded.";
                return false;
            }
        }

        return true;
    }

    /// <summary>The same text for the same parameters, whatever their order and escaping on the wire.</summary>
    public string Canonical()
    {
        var text = new StringBuilder();
        Write(text, "");
        return text.ToString();
    }

    void Write(StringBuilder text, string path)
    {
        if (Value is not null)
            text.Append(Uri.EscapeDataString(path)).Append('=').Append(Uri.EscapeDataString(Value)).Append('&');
        foreach (var (name, child) in children)
            child.Write(text, path.Length == 0 ? name : $"{path}[{name}]");
    }

    bool TryPut(List<string> path, string value)
    {
        var node = this;
        foreach (var part in path)
        {
            if (node.IsScalar)
                return false;
            var name = part.Length == 0 ? node.children.Count.ToString(CultureInfo.InvariantCulture) : part;
            if (!node.children.TryGetValue(name, out var next))
                node.children[name] = next = new FormNode();
            node = next;
        }

        if (node.children.Count > 0)
            return false;
        node.Value = value;
        return true;
    }

    static bool IsIndex(string name) => name.Length > 0 && name.All(char.IsAsciiDigit);

    static bool TryPath(string name, out List<string> path)
    {
        path = [];
        var open = name.IndexOf('[', StringComparison.Ordinal);
        path.Add(open < 0 ? name : name[..open]);
        if (path[0].Length == 0)
            return false;
        while (open >= 0)
        {
            var close = name.IndexOf(']', open);
            if (close < 0)
                return false;
            path.Add(name[(open + 1)..close]);
            if (close + 1 == name.Length)
                return path.Count <= DepthMax;
            if (name[close + 1] != '[')
                return false;
            open = close + 1;
        }

        return path.Count <= DepthMax;
    }

    static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
