using System.Globalization;

namespace Tallystick.Xrpl;

/// <summary>
/// Concise transaction identifier (XLS-37): where a validated transaction stands, and on which network.
/// </summary>
public readonly record struct Ctid
{
    /// <summary>The largest ledger index that fits.</summary>
    public const uint LedgerIndexMax = 0x0fff_ffff;

    private const uint Lead = 0xc000_0000;

    /// <summary>Checks and takes the three parts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The ledger index needs more than 28 bits.</exception>
    public Ctid(uint ledgerIndex, ushort transactionIndex, ushort networkId)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ledgerIndex, LedgerIndexMax);
        (LedgerIndex, TransactionIndex, NetworkId) = (ledgerIndex, transactionIndex, networkId);
    }

    /// <summary>Index of the ledger.</summary>
    public uint LedgerIndex { get; }

    /// <summary>Index of the transaction in the ledger.</summary>
    public ushort TransactionIndex { get; }

    /// <summary>Id of the network.</summary>
    public ushort NetworkId { get; }

    /// <summary>Reads 16 hexadecimal digits that begin with C.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong.</exception>
    public static Ctid Parse(string text) =>
        TryParse(text, out var ctid)
            ? ctid
            : throw new XrplFormatException($"'{text}' is not C and 15 hexadecimal digits", "CTID");

    /// <summary>Reads 16 hexadecimal digits that begin with C.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ctid ctid)
    {
        ctid = default;
        if (text.Length != 16
            || !ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            || number >> 60 != 0xc)
        {
            return false;
        }

        ctid = new Ctid((uint)(number >> 32) & LedgerIndexMax, (ushort)((number >> 16) & 0xffff), (ushort)(number & 0xffff));
        return true;
    }

    /// <summary>The 16 digits, upper case.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Lead | LedgerIndex:X8}{TransactionIndex:X4}{NetworkId:X4}");
}
