using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Client;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;

namespace Tallystick.Demo.Steps;

/// <summary>Every cent, on two paths: by the server's books, and by what the simulated gateway really moved.</summary>
internal static class CheckBooks
{
    public static async Task Run(World world, CancellationToken stop)
    {
        await Journal(world, stop);
        var paid = (await world.WalletBuyer.Client.Statements(null, stop)).Items.Concat(
            (await world.OnceBuyer.Client.Statements(null, stop)).Items).ToList();
        await Prices(world, stop);
        var earned = await Earned(world, stop);
        var wallet = await world.WalletBuyer.Client.Wallet(Currency.Usd, stop);
        await AgainstGateway(world, Sum(paid.Select(s => s.Total)), wallet, earned, stop);
        await Csv(world, earned, stop);
    }

    private static async Task Journal(World world, CancellationToken stop)
    {
        var report = await world.Operator.Get<JsonObject>("v1/journal/checks", stop);
        var checks = report["checks"]!.AsArray();
        world.Screen.Check(
            "The journal holds every one of its invariants, recomputed now", report["holds"]!.GetValue<bool>(),
            string.Join(", ", checks.Select(c => c!["differences"]!.AsArray().Count == 0
                ? c["name"]!.ToString()
                : $"{c["name"]} BROKEN: {c["differences"]![0]}")));
    }

    /// <summary>What buyers were charged is what the offers say, for the quantities that were counted.</summary>
    private static async Task Prices(World world, CancellationToken stop)
    {
        var byLicence = new Dictionary<LicenceId, PriceView>
        {
            [world.Training.LicenceId] = world.PerShard.Price, [world.Leaked.LicenceId] = world.PerShard.Price,
            [world.Bulk.LicenceId] = world.PerMegabyte.Price,
        };
        foreach (var entry in (await world.WalletBuyer.Client.Statements(null, stop)).Items)
        {
            var statement = await world.WalletBuyer.Client.Statement(entry.StatementId, 0, stop);
            foreach (var line in statement.Lines)
            {
                var price = byLicence[line.LicenceId!.Value];
                var quantity = price.Meter == "segment_unlocked" ? world.Uses[line.LicenceId.Value] : world.Received[line.LicenceId.Value];
                var meter = price.Meter == "segment_unlocked" ? Meter.SegmentUnlocked : Meter.BytesDelivered;
                var expected = new Price(price.Amount, meter, price.Per).Cost(quantity).RoundHalfEven().Minor;
                world.Screen.Check(
                    "A charge is price times what the buyer counted", line.Gross.Minor == expected && line.Quantity == quantity,
                    $"{Summary.Quantity(line.Meter, line.Quantity)} at {price.Text} = {line.Gross}");
            }

            world.Screen.Check(
                "Every licence paid from the wallet is on its statement", statement.Lines.Count == byLicence.Count,
                $"{statement.Lines.Count} lines");
        }
    }

    private static async Task<IReadOnlyList<Earning>> Earned(World world, CancellationToken stop)
    {
        var earned = new List<Earning>();
        foreach (var creator in world.Creators)
        {
            var entry = (await creator.Client.Statements(null, stop)).Items.Single(s => s.Role == "creator");
            var statement = await creator.Client.Statement(entry.StatementId, 0, stop);
            var payouts = (await creator.Client.Payouts(null, stop)).Items;
            earned.Add(new Earning(creator, statement, entry.HeldBack, Sum(payouts.Select(p => p.Amount))));
        }

        var lines = earned[0].Statement.Lines.Select(l => l.LineId).ToList();
        var even = lines.All(id =>
        {
            var shares = earned.Select(e => (e.Creator, Line: e.Statement.Lines.Single(l => l.LineId == id))).ToList();
            var net = shares[0].Line.Gross.Minor - shares[0].Line.Fee.Minor;
            return shares.Sum(s => s.Line.Amount.Minor) == net &&
                shares.All(s => Math.Abs((s.Line.Amount.Minor * 10_000) - (net * s.Creator.ShareBasisPoints)) < 10_000);
        });
        world.Screen.Check(
            "The shares of every charge make the charge, each within a cent of its percentage", even && lines.Count > 0,
            $"{lines.Count} charges among {earned.Count} creators");
        world.Screen.Check(
            "Every creator got what the statement says, less what is held back",
            earned.TrueForAll(e => e.Statement.Statement.Total - e.HeldBack == e.Paid && e.Paid.Minor > 0),
            string.Join(", ", earned.Select(e => $"{e.Paid} + {e.HeldBack} held back")));
        return earned;
    }

    private static async Task AgainstGateway(
        World world, Money charged, Wallet wallet, IReadOnlyList<Earning> earned, CancellationToken stop)
    {
        var totals = await world.Stripe.Totals(stop);
        var platform = Account(totals, totals["platform"]!.ToString());
        var cameIn = Usd(platform, "charges");
        world.Screen.Check(
            "The gateway's own ledger balances", totals["balanced"]!.GetValue<bool>(), "simulator, double entry");
        world.Screen.Check(
            "What the cards paid is what the books say came in", cameIn == world.ToppedUp + world.Once.Price.Amount,
            $"{world.ToppedUp} into the wallet + {world.Once.Price.Amount} once = {cameIn}");

        var shares = Sum(earned.Select(e => e.Statement.Statement.Total));
        var fee = charged - shares;
        var paid = Sum(earned.Select(e => e.Paid));
        var held = Sum(earned.Select(e => e.HeldBack));
        world.Screen.Check(
            "Money in = paid to creators + held back for them + platform + left in the wallet",
            cameIn == paid + held + fee + wallet.Balance && fee == RunTotal(world, "fee") && charged == RunTotal(world, "gross"),
            $"{cameIn} = {paid} + {held} + {fee} + {wallet.Balance}");

        world.Screen.Check(
            "The gateway transferred exactly the payouts", Usd(platform, "transfers_out") == paid, $"{paid}");
        foreach (var earning in earned)
        {
            var account = (await earning.Creator.Client.PayoutAccount(stop)).AccountId!;
            world.Screen.Check(
                $"{earning.Creator.Name}'s account at the gateway got its payout, once",
                Usd(Account(totals, account), "transfers_in") == earning.Paid, $"{account}: {earning.Paid}");
        }

        var fees = Usd(platform, "fees");
        var held2 = await InJournal(world, ["gateway_pending", "gateway_available"], stop);
        var there = Usd(platform, "pending") + Usd(platform, "available");
        world.Screen.Check("The journal and the gateway agree on what is at the gateway", held2 == there, $"{there}");
        world.Screen.Check(
            "The gateway's fees are the platform's cost, not the creators'",
            await InJournal(world, ["gateway_fees"], stop) == fees, $"{fees}");
        world.Books = new Books(cameIn, charged, fee, fees, wallet.Balance, earned);
    }

    /// <summary>The bytes that the log's receipt commits to are the bytes that are served.</summary>
    private static async Task Csv(World world, IReadOnlyList<Earning> earned, CancellationToken stop)
    {
        foreach (var earning in earned)
        {
            var entry = earning.Statement.Statement;
            var csv = await earning.Creator.Client.StatementCsv(entry.StatementId, stop);
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(csv));
            world.Screen.Check(
                $"{earning.Creator.Name}'s statement as CSV has the hash that is in the log",
                entry.LinesSha256 == Convert.ToHexStringLower(hash) ||
                entry.LinesSha256 == System.Buffers.Text.Base64Url.EncodeToString(hash),
                $"{entry.LineCount} lines");
        }
    }

    private static async Task<Money> InJournal(World world, string[] kinds, CancellationToken stop)
    {
        var accounts = (await world.Operator.Get<JsonObject>("v1/journal/accounts?limit=200", stop))["items"]!.AsArray();
        return new Money(
            accounts.Where(a => kinds.Contains(a!["kind"]!.ToString())).Sum(a => a!["balance"]!["minor"]!.GetValue<long>()),
            Currency.Usd);
    }

    private static Money RunTotal(World world, string member) => new(
        world.Run.Result!["totals"]!.AsArray().Single(t => t!["currency"]!.ToString() == "USD")![member]!.GetValue<long>(),
        Currency.Usd);

    private static JsonObject? Account(JsonObject totals, string id) => totals["accounts"]![id]?["usd"] as JsonObject;

    private static Money Usd(JsonObject? account, string member) =>
        new(account?[member]?.GetValue<long>() ?? 0, Currency.Usd);

    private static Money Sum(IEnumerable<Money> amounts) => amounts.Aggregate(Money.Zero(Currency.Usd), (a, b) => a + b);
}
