using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>How a field's value is written.</summary>
internal enum FieldKind
{
    UInt8,
    UInt32,
    UInt64,
    Hash128,
    Hash256,
    Xrp,
    Issued,
    Blob,
    Account,
}

/// <summary>
/// One field of an entry. A ledger tells a dozen of them for every entry that a transaction touches, so they are kept
/// small: numbers and drops lie in the field itself, everything else beside it.
/// </summary>
/// <param name="Key">Type and code.</param>
/// <param name="Name">As JSON names it.</param>
/// <param name="Kind">How it is written, and what <paramref name="Value"/> is.</param>
/// <param name="Number">A number, or drops.</param>
/// <param name="Value">An account, a hash, an issued amount or hexadecimal digits; null for numbers and drops.</param>
/// <param name="AlwaysTold">Told of new entries also when it is zero.</param>
internal readonly record struct ToldField(int Key, string Name, FieldKind Kind, long Number, object? Value, bool AlwaysTold)
{
    /// <summary>Left out when an entry's creation is told: zero, or an XRP amount of zero.</summary>
    public bool IsDefault => !AlwaysTold && Kind switch
    {
        FieldKind.UInt8 or FieldKind.UInt32 or FieldKind.UInt64 or FieldKind.Xrp => Number == 0,
        FieldKind.Hash256 => Value is Hash256 hash && hash == default,
        FieldKind.Hash128 or FieldKind.Blob => ((string)Value!).AsSpan().IndexOfAnyExcept('0') < 0,
        _ => false,
    };

    public JsonNode ToJson() => Kind switch
    {
        FieldKind.UInt8 or FieldKind.UInt32 => (uint)Number,
        FieldKind.UInt64 => Number.ToString("x", CultureInfo.InvariantCulture),
        FieldKind.Xrp => Amount.Xrp(Number).ToJson(),
        FieldKind.Issued => ((Amount)Value!).ToJson(),
        _ => Value!.ToString()!,
    };

    public void Write(BlobWriter writer)
    {
        writer.Header(Key);
        switch (Kind)
        {
            case FieldKind.UInt8:
                writer.Bytes([(byte)Number]);
                break;
            case FieldKind.UInt32:
                writer.UInt32((uint)Number);
                break;
            case FieldKind.UInt64:
                writer.UInt64((ulong)Number);
                break;
            case FieldKind.Xrp:
                writer.Amount(Amount.Xrp(Number));
                break;
            case FieldKind.Issued:
                writer.Amount((Amount)Value!);
                break;
            case FieldKind.Hash256:
                writer.Hash((Hash256)Value!);
                break;
            case FieldKind.Hash128:
                writer.Bytes(Convert.FromHexString((string)Value!));
                break;
            case FieldKind.Account:
                Span<byte> id = stackalloc byte[20];
                ((AccountId)Value!).CopyTo(id);
                writer.Prefixed(id);
                break;
            default:
                writer.Prefixed(Convert.FromHexString((string)Value!));
                break;
        }
    }
}

/// <summary>Collects the fields of an entry, in the order of the serialised form.</summary>
internal sealed class FieldTeller
{
    private readonly List<ToldField> _fields = new(8);

    public static List<ToldField> Of(Entry entry)
    {
        var teller = new FieldTeller();
        entry.Tell(teller);
        return teller._fields;
    }

    /// <summary>All that stands in the ledger, its last transaction among it.</summary>
    public static List<ToldField> OfWhole(Entry entry)
    {
        var teller = new FieldTeller();
        entry.Tell(teller);
        teller.UInt32("PreviousTxnLgrSeq", 5, entry.PreviousTxnLedger);
        teller.Hash("PreviousTxnID", 5, entry.PreviousTxnId);
        if (entry is OwnerDirectory directory) teller.Hashes("Indexes", 1, directory.Entries);
        return teller._fields;
    }

    public void Hashes(string name, int code, IEnumerable<Hash256> values) =>
        Add(19, code, name, FieldKind.Blob, 0, string.Concat(values.Select(static value => value.ToString())));

    public void UInt32(string name, int code, uint value) => Add(2, code, name, FieldKind.UInt32, value, null);

    public void UInt8(string name, int code, uint value) => Add(16, code, name, FieldKind.UInt8, value, null);

    public void UInt64(string name, int code, long value) => Add(3, code, name, FieldKind.UInt64, value, null);

    public void Xrp(string name, int code, long drops) => Add(6, code, name, FieldKind.Xrp, drops, null);

    public void Issued(string name, int code, Amount value) => Add(6, code, name, FieldKind.Issued, 0, value);

    public void Account(string name, int code, AccountId value) => Add(8, code, name, FieldKind.Account, 0, value);

    public void Hash(string name, int code, Hash256 value, bool always = false) =>
        Add(5, code, name, FieldKind.Hash256, 0, value, always);

    public void Blob(string name, int code, string hex) => Add(7, code, name, FieldKind.Blob, 0, hex);

    public void Hash128(string name, int code, string hex) => Add(4, code, name, FieldKind.Hash128, 0, hex);

    // Each field goes where it belongs at once: entries tell theirs nearly in order.
    private void Add(int type, int code, string name, FieldKind kind, long number, object? value, bool always = false)
    {
        var key = (type << 16) | code;
        var at = _fields.Count;
        while (at > 0 && _fields[at - 1].Key > key) at--;
        _fields.Insert(at, new(key, name, kind, number, value, always));
    }
}

/// <summary>Writes the serialised form.</summary>
internal sealed class BlobWriter
{
    private byte[] _buffer = new byte[1024];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Begins anew in the same memory.</summary>
    public void Clear() => _length = 0;

    public void Header(int key) => Header(key >> 16, key & 0xFFFF);

    public void Header(int type, int code)
    {
        if (type < 16 && code < 16) Bytes([(byte)((type << 4) | code)]);
        else if (type < 16) Bytes([(byte)(type << 4), (byte)code]);
        else if (code < 16) Bytes([(byte)code, (byte)type]);
        else Bytes([0, (byte)type, (byte)code]);
    }

    public void UInt16(int value) => Bytes([(byte)(value >> 8), (byte)value]);

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);
        _length += 4;
    }

    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Reserve(8), value);
        _length += 8;
    }

    public void Hash(Hash256 value)
    {
        value.CopyTo(Reserve(32));
        _length += 32;
    }

    public void Amount(Amount amount)
    {
        if (amount.Issuer is not { } issuer)
        {
            UInt64(amount.Drops >= 0 ? (ulong)amount.Drops | 0x4000_0000_0000_0000 : (ulong)-amount.Drops);
            return;
        }
        UInt64(amount.Value.IsZero ? 0x8000_0000_0000_0000
            : 0x8000_0000_0000_0000 | (amount.Value.Mantissa > 0 ? 0x4000_0000_0000_0000UL : 0)
                | ((ulong)(amount.Value.Exponent + 97) << 54) | (ulong)Math.Abs(amount.Value.Mantissa));
        var rest = Reserve(40);
        amount.Currency.Write(rest);
        issuer.CopyTo(rest[20..]);
        _length += 40;
    }

    /// <summary>Bytes behind their length.</summary>
    public void Prefixed(ReadOnlySpan<byte> bytes)
    {
        var n = bytes.Length;
        if (n <= 192) Bytes([(byte)n]);
        else if (n <= 12480) Bytes([(byte)(193 + ((n - 193) >> 8)), (byte)((n - 193) & 0xFF)]);
        else Bytes([(byte)(241 + ((n - 12481) >> 16)), (byte)(((n - 12481) >> 8) & 0xFF), (byte)((n - 12481) & 0xFF)]);
        Bytes(bytes);
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_buffer.Length - _length < bytes) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes));
        return _buffer.AsSpan(_length, bytes);
    }
}
