using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Core.Transparency;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>What must hold after a story, whatever happened in it, told by those who do not know of each other.</summary>
internal static class Truth
{
    public static async Task Holds(Place place, Story story, Checkpoint before)
    {
        var bytes = await Counted(place, story);
        var charged = (long)decimal.Round(bytes * 7m / 10_000m, MidpointRounding.ToEven);
        await Books(place, story, charged);
        await Log(story, before);
    }

    public static async Task<Checkpoint> Checkpoint(Story story)
    {
        SignedNote.TryParse(await story.Server.Text("/log/checkpoint"), out var note).ShouldBeTrue();
        Core.Transparency.Checkpoint.TryParse(note!.Text, out var checkpoint).ShouldBeTrue();
        return checkpoint!;
    }

    /// <summary>The buyer's own count, the gate's events and what was sealed agree, but for what a crash may cost.</summary>
    private static async Task<long> Counted(Place place, Story story)
    {
        var (bytes, uses, _) = await story.Usage();
        var crashes = place.GateDeaths();
        (story.Received - bytes).ShouldBeLessThanOrEqualTo(crashes * Story.SliceAndCheckpoint, "delivered and not charged");
        // What was on its way to the buyer when the gate died was charged and asked for again.
        (bytes - story.Received).ShouldBeLessThanOrEqualTo(crashes * Story.FileBytes, "charged and not delivered");
        uses.ShouldBe(Story.Files.Count);
        (await place.Number("select coalesce(sum(quantity), 0) from metering.event where meter = 1"))
            .ShouldBe(bytes, "events and their roll-up");
        (await place.Number("select count(*) from metering.conflict")).ShouldBe(0);
        (await place.Number(
            """
            select count(*) from metering.emitter m where acknowledged_seq <>
              (select count(*) from metering.event e where e.emitter = m.emitter and e.epoch = m.epoch)
            """)).ShouldBe(0, "a number that was given out and has no event");
        (await place.Number("select coalesce(sum(last_seq - first_seq + 1), 0) - (select count(*) from metering.event) from metering.seal"))
            .ShouldBe(0, "events that are sealed twice or never");
        return bytes;
    }

    /// <summary>Our journal, the gateway's own books and the arithmetic of the offers agree to the cent.</summary>
    private static async Task Books(Place place, Story story, long charged)
    {
        var checks = await story.Server.Get("/v1/journal/checks", place.OperatorKey);
        ((bool)checks["holds"]!).ShouldBeTrue(checks.ToJsonString());
        // A refund and a settlement may still be on their way from the gateway into the books.
        await Calls.Until(
            async () => Differences(await story.Stripe.Get("/_sim/totals"), await Balances(place, story), charged),
            differences => differences.Length == 0,
            "books that agree with the gateway's");
        var payouts = (await story.Server.Get("/v1/payouts?limit=200", place.OperatorKey))["items"]!.AsArray();
        payouts.Count.ShouldBe(2);
        var totals = await story.Stripe.Get("/_sim/totals");
        ((bool)totals["balanced"]!).ShouldBeTrue();
        var received = totals["accounts"]!.AsObject().Where(a => a.Key != (string)totals["platform"]!)
            .Select(a => (long)a.Value!["usd"]!["transfers_in"]!).Order();
        received.ShouldBe(payouts.Select(p => (long)p!["amount"]!["minor"]!).Order());
    }

    private static string Differences(JsonObject totals, Dictionary<string, long> books, long charged)
    {
        var gateway = totals["accounts"]![(string)totals["platform"]!]!["usd"]!;
        var fee = Fee(charged) + Fee(Story.OnceCents);
        var said = new StringBuilder();
        void Same(string what, long is_, long should)
        {
            if (is_ != should)
            {
                said.Append(CultureInfo.InvariantCulture, $"{what} is {is_} and not {should}; ");
            }
        }

        Same("charges at the gateway", (long)gateway["charges"]!, Story.TopUpCents + (2 * Story.OnceCents));
        Same("refunds at the gateway", (long)gateway["refunds"]!, Story.OnceCents + Story.GivenBackCents - Story.GivenBackFeeCents);
        Same("transfers at the gateway", (long)gateway["transfers_out"]!, charged + Story.OnceCents - fee);
        Same("available", books.GetValueOrDefault("gateway_available"), (long)gateway["available"]!);
        Same("pending", books.GetValueOrDefault("gateway_pending"), (long)gateway["pending"]!);
        Same("the wallet", books.GetValueOrDefault("buyer_prepaid"), charged + Story.GivenBackCents - Story.TopUpCents);
        Same("the platform's fee", books.GetValueOrDefault("platform_fee"), -fee);
        foreach (var empty in (string[])["deferred", "creator_payable", "payout_in_transit", "refund_in_transit", "creator_debt", "suspense", "holdback"])
        {
            Same(empty, books.GetValueOrDefault(empty), 0);
        }

        return said.ToString();
    }

    // A tenth, half to even, as the server is set up by default.
    private static long Fee(long gross) => (long)decimal.Round(gross * 0.1m, MidpointRounding.ToEven);

    private static async Task<Dictionary<string, long>> Balances(Place place, Story story)
    {
        var accounts = await story.Server.Get("/v1/journal/accounts?limit=200", place.OperatorKey);
        return accounts["items"]!.AsArray().GroupBy(a => (string)a!["kind"]!)
            .ToDictionary(g => g.Key, g => g.Sum(a => (long)a!["balance"]!["minor"]!));
    }

    /// <summary>The log only grew, and every receipt of the buyer's verifies against it without the server.</summary>
    private static async Task Log(Story story, Checkpoint before)
    {
        VerifierKey.TryParse((await story.Server.Text("/log/key")).TrimEnd('\n'), out var key).ShouldBeTrue();
        var list = (await story.Server.Get("/v1/receipts?limit=200", story.Buyer))["items"]!.AsArray();
        list.Count.ShouldBeGreaterThan(3);
        foreach (var item in list)
        {
            var receipt = await story.Server.Get($"/v1/receipts/{item!["id"]}", story.Buyer);
            ReceiptVerifier.Verify(Encoding.UTF8.GetBytes(receipt.ToJsonString()), key!).ShouldBeOfType<ReceiptVerdict.Valid>();
        }

        var now = await Checkpoint(story);
        var tiles = new Dictionary<string, byte[]>();
        for (var index = 0L; TileLayout.AddressAt(0, index, now.Size) is { Width: > 0 } address; index++)
        {
            tiles[address.Path] = await story.Server.Bytes("/log/" + address.Path);
        }

        MerkleHash Read(MerkleNode node) => TileLayout.HashIn(node, tiles[TileLayout.TileOf(node, now.Size).Path]);
        MerkleTree.Root(now.Size, Read).ShouldBe(now.Root);
        var proof = before.Size == 0 ? [] : MerkleTree.ConsistencyProof(before.Size, now.Size, Read);
        MerkleProof.VerifyConsistency(before.Size, before.Root, now.Size, now.Root, proof).ShouldBeTrue();
    }
}
