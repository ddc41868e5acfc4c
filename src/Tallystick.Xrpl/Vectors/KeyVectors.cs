using System.Globalization;
using System.Text.RegularExpressions;
using Tallystick.Crypto;

namespace Tallystick.Xrpl.Vectors;

/// <summary>Seeds, keys, addresses and what is signed with them.</summary>
internal static partial class KeyVectors
{
    public static void KeyPairs(VectorItem item)
    {
        using var seed = ReadSeed(item, item.Text("seed"));
        Keys(item, seed);
    }

    /// <summary>Without a seed of its own the override speaks of the genesis account's.</summary>
    public static void Override(VectorItem item, string? genesisSeed)
    {
        using var seed = ReadSeed(item, item.Text("seed") ?? genesisSeed);
        Keys(item, seed);
    }

    public static void InvalidAddress(VectorItem item)
    {
        var isValid = AccountId.TryParse(item.Needed("address"), out _, out _);
        item.Same("valid", Words(item.Flag("valid") ?? false), Words(isValid));
    }

    public static void XAddresses(VectorItem item)
    {
        var text = item.Needed("x");
        var isValid = XAddress.TryParse(text, out var address, out var problem);
        if (item.Flag("valid") == false)
        {
            item.Holds("refused", !isValid);
            return;
        }

        if (!isValid)
        {
            throw new XrplFormatException(problem, "x");
        }

        if (item.Flag("tag") == true)
        {
            throw new XrplFormatException("neither a number nor false", "tag");
        }

        item.Same("classicAddress", item.Needed("classicAddress"), address.Account.ToString());
        item.Same(
            "tag",
            item.Number("tag")?.ToString(CultureInfo.InvariantCulture) ?? "none",
            address.Tag?.ToString(CultureInfo.InvariantCulture) ?? "none");
        item.Same("test", Words(item.Flag("test") ?? false), Words(address.IsTest));
        item.Same("x", text, address.ToString());
    }

    public static string Words(bool flag) => flag ? "true" : "false";

    private static Seed? ReadSeed(VectorItem item, string? text)
    {
        var seed = text is null ? null : Seed.Parse(text);
        if (item.Text("passphrase") is { } passphrase)
        {
            using var said = Seed.FromPassphrase(passphrase, seed?.Algorithm ?? SignatureAlgorithm.Secp256k1);
            if (seed is null)
            {
                return Seed.FromEntropy(said.Entropy, said.Algorithm);
            }

            item.Same("seed of the passphrase", text!, said.Reveal());
        }

        if (item.Text("entropy") is not { } entropy)
        {
            return seed;
        }

        using var made = Seed.FromEntropy(Hex.Read(entropy, "entropy"), seed?.Algorithm ?? item.Algorithm() ?? default);
        if (seed is null)
        {
            return Seed.FromEntropy(made.Entropy, made.Algorithm);
        }

        item.SameHex("entropy", entropy, seed.Entropy);
        item.Same("seed", text!, made.Reveal());
        return seed;
    }

    private static void Keys(VectorItem item, Seed? seed)
    {
        using var key = seed?.DeriveKeyPair(item.Algorithm() ?? seed.Algorithm, item.Suite)
            ?? KeyPair.Parse(item.Needed("privateKey"), item.Suite);
        if (item.Text("publicKey") is { } publicKey)
        {
            item.Same("publicKey", publicKey.ToUpperInvariant(), key.PublicKey.ToString());
        }

        if (item.Text("privateKey") is { } privateKey)
        {
            using var given = KeyPair.Parse(privateKey, item.Suite);
            item.Same("public key of privateKey", key.PublicKey.ToString(), given.PublicKey.ToString());
        }

        Addresses(item, key.Account);
        if (item.Text("messageHex") is { } messageHex && item.Text("signature") is { } signature)
        {
            var message = Hex.Read(messageHex, "messageHex");
            item.SameHex("signature", signature, key.Sign(message));
            item.Holds("signature verifies", key.PublicKey.Verify(message, Hex.Read(signature, "signature"), item.Suite));
            item.Holds(
                "signature of another message is refused",
                !key.PublicKey.Verify([.. message, 0], Hex.Read(signature, "signature"), item.Suite));
        }
    }

    private static void Addresses(VectorItem item, AccountId account)
    {
        if (item.Text("accountId") is { } id)
        {
            item.Same("accountId", id.ToUpperInvariant(), account.ToHex());
        }

        if (item.Text("classicAddress") is { } address)
        {
            item.Same("classicAddress", address, account.ToString());
            item.Same("account of classicAddress", account.ToHex(), AccountId.Parse(address).ToHex());
        }

        foreach (var member in item.Members())
        {
            if (XAddressMember().Match(member) is { Success: true } match)
            {
                uint? tag = match.Groups["tag"].Value switch
                {
                    "NoTag" => null,
                    "TagMax" => uint.MaxValue,
                    var numbered => uint.Parse(numbered.AsSpan(3), CultureInfo.InvariantCulture),
                };
                var expected = new XAddress(account, tag, match.Groups["net"].Value == "Test");
                item.Same(member, item.Needed(member), expected.ToString());
                item.Same($"{member} read", expected.ToString(), XAddress.Parse(item.Needed(member)).ToString());
            }
        }
    }

    [GeneratedRegex("^xAddress(?<tag>NoTag|TagMax|Tag[0-9]{1,9})(?<net>Main|Test)$", RegexOptions.ExplicitCapture)]
    private static partial Regex XAddressMember();
}
