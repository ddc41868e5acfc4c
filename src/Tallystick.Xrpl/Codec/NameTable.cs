using System.Collections.Frozen;
using System.Globalization;

namespace Tallystick.Xrpl.Codec;

/// <summary>Numbers that JSON writes as names: kinds of transactions and entries, results, permissions.</summary>
public sealed class NameTable
{
    private readonly FrozenDictionary<string, int> _numbers;
    private readonly FrozenDictionary<int, string> _names;

    private NameTable(IEnumerable<KeyValuePair<string, int>> rows)
    {
        _numbers = rows.ToFrozenDictionary(StringComparer.Ordinal);
        _names = _numbers.ToFrozenDictionary(row => row.Value, row => row.Key);
    }

    /// <summary>Kinds of transactions.</summary>
    public static NameTable TransactionTypes { get; } = new(Rows("transaction"));

    /// <summary>Kinds of ledger entries.</summary>
    public static NameTable EntryTypes { get; } = new(Rows("entry"));

    /// <summary>Results of transactions, <c>tesSUCCESS</c> and the rest.</summary>
    public static NameTable Results { get; } = new(Rows("result"));

    /// <summary>What a delegate may do: a kind of transaction (its number plus one) or a finer permission.</summary>
    public static NameTable Permissions { get; } = new(
        Rows("transaction").Select(row => KeyValuePair.Create(row.Key, row.Value + 1)).Concat(Rows("permission")));

    /// <summary>The number of a name, or null.</summary>
    public int? NumberOf(string name) => _numbers.TryGetValue(name, out var number) ? number : null;

    /// <summary>The name of a number, or null.</summary>
    public string? NameOf(int number) => _names.GetValueOrDefault(number);

    internal static NameTable? For(Field field)
    {
        if (field == Fields.TransactionType)
        {
            return TransactionTypes;
        }

        if (field == Fields.LedgerEntryType)
        {
            return EntryTypes;
        }

        return field == Fields.TransactionResult ? Results : field == Fields.PermissionValue ? Permissions : null;
    }

    private static IEnumerable<KeyValuePair<string, int>> Rows(string table) =>
        from row in DefinitionText.Rows("names.txt")
        where row[0] == table
        select KeyValuePair.Create(row[2], int.Parse(row[1], CultureInfo.InvariantCulture));
}
