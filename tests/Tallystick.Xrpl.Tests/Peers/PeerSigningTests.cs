using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;
using Npm = Tallystick.StripeSimulator.Tests.Support.Node;

namespace Tallystick.Xrpl.Tests.Peers;

/// <summary>What several sign for one, and batches of several accounts: npm's xrpl makes every part and the whole.</summary>
public sealed class PeerSigningTests(Npm node)
{
    private const int Count = 60;

    [Fact]
    public async Task Both_make_and_join_the_same_signatures_of_several()
    {
        foreach (var made in await Peer.Makes(node, "signing.mjs", seed: 5, Count))
        {
            var one = made["several"]!;
            var meant = new Transaction(SerializedObject.FromJson(one["tx"]!.AsObject()));
            var keys = Keys(one["wallets"]!);
            var parts = keys.Select(key => MultiSignature.Sign(meant, key)).ToList();

            parts.Select(Hex).ShouldBe(one["parts"]!.AsArray().Select(part => (string)part!));
            Hex(MultiSignature.Combine(parts)).ShouldBe((string)one["combined"]!);
            // One after the other on the same copy gives the same.
            Hex(keys.Aggregate(meant, (copy, key) => MultiSignature.Sign(copy, key))).ShouldBe((string)one["combined"]!);
            Transaction.ParseHex((string)one["combined"]!).VerifySignatures().ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Both_sign_and_join_the_same_batches()
    {
        foreach (var made in await Peer.Makes(node, "signing.mjs", seed: 6, Count))
        {
            var one = made["batch"]!;
            var batch = new Transaction(SerializedObject.FromJson(one["tx"]!.AsObject()));
            var (sender, others) = (Keys(one["sender"]!)[0], Keys(one["others"]!));
            var first = others[0].Account;
            var parts = others.Select(key => BatchSignature.Sign(batch, key)).ToList();

            parts.Select(Hex).ShouldBe(one["parts"]!.AsArray().Select(part => (string)part!));
            Hex(BatchSignature.Sign(batch, Keys(one["regular"]!)[0], first)).ShouldBe((string)one["regularPart"]!);
            Hex(BatchSignature.MultiSign(batch, first, Keys(one["guard"]!)[0])).ShouldBe((string)one["severalPart"]!);
            var combined = BatchSignature.Combine(parts);
            Hex(combined).ShouldBe((string)one["combined"]!);
            BatchSignature.RequiredSigners(batch).ShouldBe(others.Select(key => key.Account), ignoreOrder: true);

            var final = combined.Sign(sender);
            Hex(final).ShouldBe((string)one["final"]!["tx_blob"]!);
            final.Hash.ToString().ShouldBe((string)one["final"]!["hash"]!);
            final.VerifySignatures().ShouldBeTrue();
            batch.Sign(sender).VerifySignatures().ShouldBeFalse("nobody else consented");
            Inner(batch).Select(inner => inner.Hash.ToString()).ShouldBe(one["innerHashes"]!.AsArray().Select(hash => (string)hash!));
        }
    }

    [Fact]
    public async Task Both_write_the_key_of_an_account_alike()
    {
        foreach (var made in await Peer.Makes(node, "signing.mjs", seed: 7, Count))
        {
            foreach (var wallet in made["several"]!["wallets"]!.AsArray())
            {
                var key = PublicKey.Parse((string)wallet!["publicKey"]!);
                key.ToBase58().ShouldBe((string)wallet["base58"]!);
                PublicKey.ParseBase58((string)wallet["base58"]!).ShouldBe(key);
            }
        }
    }

    private static List<KeyPair> Keys(JsonNode wallets) =>
        [.. (wallets as JsonArray ?? [wallets.DeepClone()]).Select(wallet => Seed.Parse((string)wallet!["secret"]!).DeriveKeyPair())];

    private static IEnumerable<Transaction> Inner(Transaction batch) =>
        batch.Fields.ToJson()["RawTransactions"]!.AsArray().Select(inner => new Transaction(SerializedObject.FromJson(inner!["RawTransaction"]!.AsObject())));

    private static string Hex(Transaction transaction) => Convert.ToHexString(transaction.Blob.Span);
}
