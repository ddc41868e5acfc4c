using System.Text.Json.Nodes;
using Tallystick.Crypto;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;
using Npm = Tallystick.StripeSimulator.Tests.Support.Node;

namespace Tallystick.Xrpl.Tests.Peers;

/// <summary>Random seeds and all that npm's xrpl and ripple-keypairs derive from them and sign with them, on every path.</summary>
public sealed class PeerKeyTests(Npm node)
{
    [Fact]
    public async Task Both_derive_the_same_keys_and_addresses_and_make_the_same_signatures()
    {
        var made = await Peer.Makes(node, "keys.mjs", seed: 11, count: 150);

        foreach (var suite in CryptoSuite.All)
        {
            foreach (var one in made)
            {
                Agrees(one, suite);
            }
        }

        made.Select(one => (string)one["algorithm"]!).Distinct().Count().ShouldBe(2);
    }

    private static void Agrees(JsonNode made, CryptoSuite suite)
    {
        string Text(string name) => (string)made[name]!;
        using var seed = Seed.Parse(Text("secret"));
        using var pair = seed.DeriveKeyPair(suite);
        using var parsed = KeyPair.Parse(Text("privateKey"), suite);

        seed.Algorithm.ToString().ShouldBe(Text("algorithm"));
        seed.Reveal().ShouldBe(Text("secret"));
        pair.PublicKey.ToString().ShouldBe(Text("publicKey"));
        parsed.PublicKey.ShouldBe(pair.PublicKey);
        pair.Account.ToString().ShouldBe(Text("address"));

        var address = XAddress.Parse(Text("xaddress"));
        address.ShouldBe(new XAddress(pair.Account, (uint?)made["tag"], (bool)made["test"]!));
        address.ToString().ShouldBe(Text("xaddress"));

        var message = Convert.FromHexString(Text("message"));
        Convert.ToHexString(pair.Sign(message)).ShouldBe(Text("signature"));
        pair.PublicKey.Verify(message, Convert.FromHexString(Text("signature")), suite).ShouldBeTrue();

        var claim = new ChannelClaim(Hash256.Parse(Text("channel")), Drops.Parse(Text("drops")));
        Convert.ToHexString(claim.Sign(pair)).ShouldBe(Text("claim"));
        ChannelClaim.Verify(Text("publicKey"), Text("channel"), claim.Amount, Text("claim"), suite).ShouldBeTrue();

        var signed = new Transaction(SerializedObject.FromJson(made["payment"]!.AsObject())).Sign(pair);
        Convert.ToHexString(signed.Blob.Span).ShouldBe((string)made["signed"]!["tx_blob"]!);
        signed.Hash.ToString().ShouldBe((string)made["signed"]!["hash"]!);
        signed.VerifySignatures(suite).ShouldBeTrue();
    }
}
