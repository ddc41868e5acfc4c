using System.Text;
using Tallystick.Crypto;
using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Tests.Fuzz;

/// <summary>
/// What is thrown random bytes at, and what must hold for any bytes whatever. A target throws when something does not
/// hold; refusing the input in an orderly way is holding. It answers how the input came out: an input that comes out
/// as none did before has reached another place, and is worth changing further.
/// </summary>
internal sealed record FuzzTarget(string Name, Func<byte[], string> Check)
{
    public static readonly IReadOnlyList<FuzzTarget> All =
    [
        new("codec", Codec),
        new("der", Der),
        new("address", Address),
        new("claim", Claim),
        new("json", Json),
    ];

    private static readonly byte[] PayerKey = MakePayerKey();

    public override string ToString() => Name;

    // What parses is written back to the bit, also by way of JSON.
    private static string Codec(byte[] input)
    {
        if (!SerializedObject.TryParse(input, out var parsed, out var problem))
        {
            Holds(problem.Length > 0, "a refusal says why");
            return Words(problem);
        }

        Holds(parsed!.ToBytes().AsSpan().SequenceEqual(input), "bytes come back");
        var json = parsed.ToJson();
        if (SurvivesJson(json.ToJsonString()))
        {
            Holds(SerializedObject.FromJson(json).ToBytes().AsSpan().SequenceEqual(input), "bytes come back through JSON");
        }

        return string.Join(' ', parsed.FieldList.ToArray().Select(one => one.Field.Type).Distinct());
    }

    // JSON shows the value of a Number, not which of its encodings it had, and has no account in UNLModify.
    private static bool SurvivesJson(string json) =>
        !json.Contains("UNLModify", StringComparison.Ordinal)
        && !Fields.All.Any(field => field.Type == FieldType.Number
            && json.Contains($"\"{field.Name}\"", StringComparison.Ordinal));

    // Every path answers alike, and what is read is written back to the bit: there is one encoding.
    private static string Der(byte[] input)
    {
        Span<byte> compact = stackalloc byte[DerSignature.CompactBytes];
        Span<byte> written = stackalloc byte[Secp256k1.SignatureBytesMax];
        var isRead = DerSignature.TryRead(input, compact);
        if (isRead)
        {
            var length = DerSignature.Write(compact, written);
            Holds(written[..length].SequenceEqual(input), "one encoding only");
        }

        var answers = 0;
        foreach (var suite in CryptoSuite.All)
        {
            answers += suite.Secp256k1.Verify(PayerKey, new byte[32], input) ? 1 : 0;
        }

        Holds(answers == 0 || (isRead && answers == CryptoSuite.All.Count), "the paths agree");
        return $"{isRead} {answers} {Math.Min(input.Length, Secp256k1.SignatureBytesMax + 1)}";
    }

    // What is read is printed as the same text.
    private static string Address(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        Holds(!AccountId.TryParse(text, out var account, out var first) || account.ToString() == text, "one text per account");
        Holds(!XAddress.TryParse(text, out var tagged, out var second) || tagged.ToString() == text, "one text per X-address");
        var isSeed = Seed.TryParse(text, out var seed, out var third);
        Holds(!isSeed || seed!.Reveal() == text, "one text per seed");
        seed?.Dispose();
        var kinds = new[] { first, second, third }.Count(problem => problem.Length == 0);
        Holds(kinds <= 1, "a text is of one kind");
        Holds(!Ctid.TryParse(text, out var ctid) || string.Equals(ctid.ToString(), text, StringComparison.OrdinalIgnoreCase), "one text per CTID");
        var (currency, value) = (Refuses(() => CurrencyCode.Parse(text)), Refuses(() => IssuedValue.Parse(text)));
        return $"{Words(first)} {Words(second)} {Words(third)} {currency} {value}";
    }

    // key ‖ channel ‖ amount ‖ signature, cut anywhere: the paths agree, nothing throws.
    private static string Claim(byte[] input)
    {
        var key = Part(input, 0, 33);
        var channel = Part(input, 33, 32);
        var amount = new byte[8];
        Part(input, 65, 8).CopyTo(amount, 0);
        var signature = Part(input, 73, 100);
        var (keyHex, channelHex) = (Convert.ToHexString(key), Convert.ToHexString(channel));
        var answers = 0;
        foreach (var suite in CryptoSuite.All)
        {
            var drops = new Drops(BitConverter.ToUInt64(amount));
            answers += ChannelClaim.Verify(keyHex, channelHex, drops, Convert.ToHexString(signature), suite) ? 1 : 0;
            _ = ChannelClaim.Verify(Encoding.Latin1.GetString(key), channelHex, drops, Encoding.Latin1.GetString(signature), suite);
        }

        Holds(answers == 0 || answers == CryptoSuite.All.Count, "the paths agree");
        return $"{answers} {PublicKey.TryRead(key, out _)} {signature.Length}";
    }

    // What is read from JSON parses again from its bytes.
    private static string Json(byte[] input) => Refuses(() =>
    {
        var read = SerializedObject.FromJson(Encoding.UTF8.GetString(input));
        if (read.FieldList.Length > 0)
        {
            var bytes = read.ToBytes();
            Holds(SerializedObject.TryParse(bytes, out var parsed, out var problem), problem);
            Holds(parsed!.ToBytes().AsSpan().SequenceEqual(bytes), "bytes come back");
        }

        return read;
    });

    private static byte[] MakePayerKey()
    {
        using var seed = Seed.FromPassphrase("fuzz", SignatureAlgorithm.Secp256k1);
        using var key = seed.DeriveKeyPair();
        return Convert.FromHexString(key.PublicKey.ToString());
    }

    private static byte[] Part(byte[] input, int from, int length) =>
        input.AsSpan(Math.Min(from, input.Length), Math.Clamp(input.Length - from, 0, length)).ToArray();

    private static string Refuses<T>(Func<T> read)
    {
        try
        {
            _ = read();
            return "read";
        }
        catch (XrplFormatException problem)
        {
            Holds(problem.Message.Length > 0, "a refusal says why");
            return Words(problem.What);
        }
    }

    // The kind of refusal: without numbers and without what it quotes of the input.
    private static string Words(string problem)
    {
        var (from, to) = (problem.IndexOf('\''), problem.LastIndexOf('\''));
        var kind = to > from ? problem.Remove(from, to - from) : problem;
        return string.Concat(kind.Where(letter => !char.IsAsciiDigit(letter)));
    }

    private static void Holds(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"does not hold: {what}");
        }
    }
}
