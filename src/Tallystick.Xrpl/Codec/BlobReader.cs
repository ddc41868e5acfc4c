using System.Buffers.Binary;

namespace Tallystick.Xrpl.Codec;

/// <summary>
/// Walks over serialised fields and checks every byte of them: known fields in strictly rising order, one encoding
/// per value, bounded depth. Nothing is read beyond the span; whatever is wrong is reported with its position.
/// </summary>
internal ref struct BlobReader
{
    // rippled refuses deeper nesting as well.
    private const int DepthMax = 10;
    private const int ShortLengthMax = 192;
    private const int MediumLengthMax = 12_480;
    private const int LongLengthMax = 918_744;

    private readonly ReadOnlySpan<byte> _bytes;

    public BlobReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Where the next byte is read.</summary>
    public int Position { get; private set; }

    public readonly bool AtEnd => Position == _bytes.Length;

    /// <summary>Reads the header of a field.</summary>
    public Field ReadHeader()
    {
        var start = Position;
        var first = Take(1)[0];
        var (type, code) = (first >> 4, first & 15);
        if (type == 0)
        {
            type = ReadWideCode(start);
        }

        if (code == 0)
        {
            code = ReadWideCode(start);
        }

        return Fields.TryByCode(type, code)
            ?? throw new XrplFormatException($"no field has type {type} and code {code}", At(start));
    }

    /// <summary>Reads and checks the value of a field; returns it without length prefix or end marker.</summary>
    public Range ReadValue(Field field, int depth)
    {
        if (field.HasLength)
        {
            return ReadPrefixed(field);
        }

        var start = Position;
        switch (field.Type)
        {
            case FieldType.STObject:
                return ReadFields(Fields.ObjectEnd, field, depth);
            case FieldType.STArray:
                return ReadElements(depth);
            case FieldType.Amount:
                var amount = Take(Amount.Measure(_bytes[Position..]));
                CheckAmount(amount, field, start);
                return start..Position;
            case FieldType.PathSet:
                PathSets.Skip(ref this);
                return start..Position;
            case FieldType.Issue:
                SkipIssue();
                return start..Position;
            case FieldType.XChainBridge:
                SkipBridge();
                return start..Position;
            default:
                Take(FixedLength(field, start));
                return start..Position;
        }
    }

    /// <summary>Reads fields in canonical order up to an end marker, or to the end of the bytes at the top.</summary>
    public Range ReadFields(Field? end, Field? inside, int depth, List<SerializedField>? into = null, ReadOnlyMemory<byte> source = default)
    {
        if (depth > DepthMax)
        {
            throw new XrplFormatException($"nested deeper than {DepthMax} levels", At(Position));
        }

        var start = Position;
        var previous = -1;
        while (!(end is null && AtEnd))
        {
            var at = Position;
            var field = AtEnd ? throw new XrplFormatException($"{inside} does not end", At(at)) : ReadHeader();
            if (field == end)
            {
                return start..at;
            }

            if (field.Ordinal <= previous || field == Fields.ObjectEnd || field == Fields.ArrayEnd)
            {
                throw new XrplFormatException($"{field} is out of order or stands twice", At(at));
            }

            previous = field.Ordinal;
            var value = ReadValue(field, depth + 1);
            into?.Add(new SerializedField(field, source[value]));
        }

        return start..Position;
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw new XrplFormatException(
                $"{count} more bytes are needed, {_bytes.Length - Position} are left", At(Position));
        }

        var taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    public static string At(int position) => $"byte {position}";

    private int ReadWideCode(int start)
    {
        int code = Take(1)[0];
        return code >= 16 ? code : throw new XrplFormatException("field header is not in its shortest form", At(start));
    }

    private Range ReadElements(int depth)
    {
        if (depth > DepthMax)
        {
            throw new XrplFormatException($"nested deeper than {DepthMax} levels", At(Position));
        }

        var start = Position;
        while (true)
        {
            var at = Position;
            var element = ReadHeader();
            if (element == Fields.ArrayEnd)
            {
                return start..at;
            }

            if (element.Type != FieldType.STObject || element == Fields.ObjectEnd)
            {
                throw new XrplFormatException($"{element} stands in an array, which holds objects only", At(at));
            }

            ReadFields(Fields.ObjectEnd, element, depth + 1);
        }
    }

    private Range ReadPrefixed(Field field)
    {
        var at = Position;
        var length = ReadLength();
        var start = Position;
        Take(length);
        var good = field.Type switch
        {
            // Length 0 stands for "no account" in pseudo-transactions.
            FieldType.AccountID => length is AccountId.Bytes or 0,
            FieldType.Vector256 => length % Hash256.Bytes == 0,
            _ => true,
        };
        return good ? start..Position : throw new XrplFormatException($"{field} has {length} bytes", At(at));
    }

    // https://xrpl.org/docs/references/protocol/binary-format#length-prefixing
    private int ReadLength()
    {
        var at = Position;
        int first = Take(1)[0];
        var length = first switch
        {
            <= ShortLengthMax => first,
            <= 240 => ShortLengthMax + 1 + ((first - 193) << 8) + Take(1)[0],
            <= 254 => MediumLengthMax + 1 + ((first - 241) << 16) + BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            _ => int.MaxValue,
        };
        return length <= LongLengthMax ? length : throw new XrplFormatException("length prefix out of range", At(at));
    }

    private static int FixedLength(Field field, int at) => field.Type switch
    {
        FieldType.UInt8 => 1,
        FieldType.UInt16 => 2,
        FieldType.UInt32 or FieldType.Int32 => 4,
        FieldType.UInt64 => 8,
        FieldType.Number => 12,
        FieldType.Hash128 => 16,
        FieldType.Hash160 or FieldType.Currency => 20,
        FieldType.Hash192 => 24,
        FieldType.Hash256 => 32,
        _ => throw new XrplFormatException($"{field} is of a type without values", At(at)),
    };

    private static void CheckAmount(ReadOnlySpan<byte> bytes, Field field, int at)
    {
        try
        {
            _ = Amount.Read(bytes, field.MayBeNegative);
        }
        catch (XrplFormatException problem)
        {
            throw new XrplFormatException($"{field}: {problem.Message}", At(at));
        }
    }

    private void SkipBridge()
    {
        for (var door = 0; door < 2; door++)
        {
            var at = Position;
            if (Take(1)[0] != AccountId.Bytes)
            {
                throw new XrplFormatException("a door account has 20 bytes", At(at));
            }

            Take(AccountId.Bytes);
            SkipIssue();
        }
    }

    // XRP: 20 zero bytes. Issued: currency, issuer. Token: issuer, account "one", sequence.
    private void SkipIssue()
    {
        if (!Take(CurrencyCode.Bytes).ContainsAnyExcept((byte)0))
        {
            return;
        }

        if (Take(AccountId.Bytes).SequenceEqual(Issues.TokenMark))
        {
            Take(sizeof(uint));
        }
    }
}
