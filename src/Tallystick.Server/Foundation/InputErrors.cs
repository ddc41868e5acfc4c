using System.Text;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>Collects what is wrong with a request, so that the caller learns all of it at once.</summary>
internal sealed class InputErrors
{
    private readonly Dictionary<string, List<string>> _errors = new(StringComparer.Ordinal);

    public bool Any => _errors.Count > 0;

    public InputErrors Add(string member, string message)
    {
        if (!_errors.TryGetValue(member, out var messages))
        {
            _errors[member] = messages = [];
        }

        messages.Add(message);
        return this;
    }

    public InputErrors Require(bool holds, string member, string message) => holds ? this : Add(member, message);

    /// <summary>
    /// Text of a bounded length without control characters (PostgreSQL cannot hold NUL, pages and terminals must not be
    /// steered by the others) and without halves of surrogate pairs, which no UTF-8 can carry.
    /// </summary>
    public InputErrors Text(string member, string? value, int most, int least = 1, bool lines = false)
    {
        if (value is null || value.Length < least || value.Length > most)
        {
            return Add(member, $"Between {least} and {most} characters.");
        }

        if (!IsClean(value, lines))
        {
            Add(member, "No control characters and only whole Unicode characters.");
        }

        return Require(least == 0 || !string.IsNullOrWhiteSpace(value), member, "Must not be blank.");
    }

    /// <summary>An absolute http or https address of a bounded length.</summary>
    public InputErrors Url(string member, string? value, int most = 500) =>
        value is { Length: > 0 } && value.Length <= most && IsClean(value, lines: false) &&
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? this
            : Add(member, $"An absolute http or https address of at most {most} characters.");

    public Refusal ToRefusal() => Problems.Invalid(_errors.ToDictionary(e => e.Key, e => e.Value.ToArray()));

    public static bool IsClean(string value, bool lines)
    {
        foreach (var rune in value.EnumerateRunes())
        {
            // A lone surrogate is enumerated as the replacement character; a real one is refused with it, harmlessly.
            if (rune == Rune.ReplacementChar || (Rune.IsControl(rune) && !(lines && rune.Value is '\n' or '\t')))
            {
                return false;
            }
        }

        return true;
    }
}
