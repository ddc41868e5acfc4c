using System.Globalization;
using System.Numerics;
using Tallystick.Core.Amounts;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Simulation;

/// <summary>
/// Whole markets on the real server, the real database and the strict gateway: top-ups, purchases, use at two gates, small
/// charges, refunds, also of sales that were shared, licences that are taken back, disputes that are lost and then won, rules and
/// fees that change in mid-period, accounts that come and go, a gate whose secret was stolen, news held back and shuffled, and
/// restarts. Each seed is a market of its own; <c>TALLY_SIMULATION_SEEDS</c> says how many, <c>TALLY_SIMULATION_FIRST</c> which is
/// the first.
/// </summary>
public sealed class MarketSimulationTests(Postgres postgres)
{
    private const int MarketsOfATown = 8;
    private const int Rounds = 30;

    [Fact]
    public async Task Whatever_happens_in_whatever_order_everybody_is_owed_exactly_what_was_delivered()
    {
        var (first, seeds) = (Setting("TALLY_SIMULATION_FIRST", 1), Setting("TALLY_SIMULATION_SEEDS", 3));
        for (var seed = first; seed < first + seeds; seed += MarketsOfATown)
        {
            await Live(seed, Math.Min(MarketsOfATown, first + seeds - seed));
        }
    }

    private async Task Live(int firstSeed, int count)
    {
        await using var town = await Town.Found(postgres);
        var markets = new List<SimulatedMarket>();
        for (var i = 0; i < count; i++)
        {
            markets.Add(await SimulatedMarket.Open(town, firstSeed + i));
        }

        var random = new Random(firstSeed);
        var gates = new Gates(Gate(town, "north", random), Gate(town, "south", random), Gate(town, "rogue", random));
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var market in markets)
            {
                await market.Step(gates);
            }

            await Weather(town, gates, random);
        }

        await gates.North.Upload(all: true);
        await gates.South.Upload(all: true);
        await town.Quiet();
        foreach (var market in markets)
        {
            await market.LoseOne();
        }

        await town.Quiet();
        await town.Bill();
        await town.Quiet();
        await town.Decide(random);
        await town.Quiet();
        (await town.Balance(AccountKind.Suspense)).ShouldBe(0, "everything was decided");
        await Check(town, markets, "with disputes as they were decided");
        await CheckStory(town, count);
        foreach (var market in markets)
        {
            await market.WinEverything();
        }

        await town.Quiet();
        await town.Bill();
        await town.Quiet();
        await Check(town, markets, "after every dispute was won");
    }

    /// <summary>A story in which nothing happened proves nothing: what the summary above promises did occur.</summary>
    private static async Task CheckStory(Town town, int markets)
    {
        if (markets < MarketsOfATown)
        {
            return;
        }

        foreach (var sql in new[]
        {
            "select count(*) from royalties.charge where purchase_id is null",
            "select count(*) from royalties.charge where purchase_id is not null",
            "select count(*) from royalties.charge where rule_version > 0",
            "select count(*) from payments.dispute where state = 'lost'",
            "select count(*) from payments.refund",
            "select count(*) from metering.quarantine",
            "select count(*) from payouts.payout where state = 'paid'",
            "select count(*) from journal.account where kind = 'buyer_debt'",
        })
        {
            (await town.Count(sql)).ShouldBeGreaterThan(0, sql);
        }
    }

    /// <summary>What befalls all markets alike.</summary>
    private static async Task Weather(Town town, Gates gates, Random random)
    {
        town.Pass(TimeSpan.FromMinutes(random.Next(1, 600)));
        switch (random.Next(9))
        {
            case 0:
                await town.At("webhooks", ("mode", "hold"));
                break;
            case 1:
                await town.At("webhooks/release", ("order", random.Next(2) == 0 ? "shuffled" : "reverse"));
                break;
            case 2 or 3:
                await gates.North.Upload(all: false);
                break;
            case 4:
                await gates.South.Upload(all: false);
                break;
            case 5 or 6:
                await town.Bill();
                break;
            case 7 when random.Next(3) == 0:
                await town.Restart(random.Next(2) == 0 ? 1_000 : 3_000);
                break;
            case 8:
                await town.Quiet();
                await town.Decide(random);
                await town.Quiet();
                await town.BooksAgree("in between");
                break;
        }
    }

    private static async Task Check(Town town, List<SimulatedMarket> markets, string when)
    {
        await town.BooksAgree(when);
        foreach (var market in markets)
        {
            var where = $"seed {market.Seed}, {when}";
            await CheckUsage(town, market, where);
            await CheckBuyers(town, market, where);
            await CheckPayees(town, market, where);
        }
    }

    /// <summary>All that honest gates delivered is charged, once, and nothing else: within the cent that rounding may carry.</summary>
    private static async Task CheckUsage(Town town, SimulatedMarket market, string where)
    {
        foreach (var group in market.Deliveries.GroupBy(d => (d.Buyer, d.Work)))
        {
            var charged = await town.Count(
                """
                select coalesce(sum(gross), 0)::bigint from royalties.charge
                where buyer = @Buyer and work_id = @Work and purchase_id is null
                """,
                new { Buyer = market.Buyers[group.Key.Buyer].Organisation, Work = group.Key.Work.Id });
            var exact = (BigInteger)group.Sum(d => d.Bytes) * SimulatedMarket.CentsPerMegabyte;
            BigInteger.Abs((charged * (BigInteger)1_000_000) - exact).ShouldBeLessThanOrEqualTo(1_000_000, where);
            await CheckRules(town, market, group, where);
        }
    }

    /// <summary>Each use is charged under the rule of its moment: within the cent that a line's rounding may move.</summary>
    private static async Task CheckRules(
        Town town, SimulatedMarket market, IGrouping<(int Buyer, SimulatedWork Work), Delivered> group, string where)
    {
        var lines = await town.Server.Database.Query<RuleTotal>(
            """
            select rule_version, sum(gross)::bigint as gross, count(*)::int as lines from royalties.charge
            where buyer = @Buyer and work_id = @Work and purchase_id is null group by rule_version
            """,
            new { Buyer = market.Buyers[group.Key.Buyer].Organisation, Work = group.Key.Work.Id },
            TestContext.Current.CancellationToken);
        foreach (var used in group.GroupBy(d => d.RuleVersion))
        {
            var line = lines.FirstOrDefault(l => l.RuleVersion == used.Key) ?? new RuleTotal(used.Key, 0, 1);
            var exact = (BigInteger)used.Sum(d => d.Bytes) * SimulatedMarket.CentsPerMegabyte;
            BigInteger.Abs((line.Gross * (BigInteger)1_000_000) - exact)
                .ShouldBeLessThanOrEqualTo((BigInteger)1_000_000 * line.Lines, $"{where}: rule {used.Key} of {group.Key.Work.Id}");
        }
    }

    /// <summary>What a buyer paid is what was used, went back, was taken by banks, or is there.</summary>
    private static async Task CheckBuyers(Town town, SimulatedMarket market, string where)
    {
        foreach (var buyer in market.Buyers)
        {
            var paid = await town.Count(
                "select coalesce(sum(gross), 0)::bigint from payments.checkout where buyer = @Organisation and kind = 'top_up' and state = 'paid'",
                new { buyer.Organisation });
            var refunded = await town.Count(
                """
                select coalesce(sum(r.amount), 0)::bigint from payments.refund r join payments.checkout c on c.id = r.checkout_id
                where c.buyer = @Organisation and c.kind = 'top_up' and r.returned_at is null
                """,
                new { buyer.Organisation });
            var used = await town.Count(
                "select coalesce(sum(gross), 0)::bigint from royalties.charge where buyer = @Organisation and purchase_id is null",
                new { buyer.Organisation });
            var wallet = -await Of(town, AccountKind.BuyerPrepaid, buyer) - await Of(town, AccountKind.RefundInTransit, buyer);
            var debt = await Of(town, AccountKind.BuyerDebt, buyer);
            wallet.ShouldBeGreaterThanOrEqualTo(0, where);
            debt.ShouldBeGreaterThanOrEqualTo(0, where);
            (wallet - debt).ShouldBe(paid - refunded - used - await market.LostOf(buyer, "top_up"), where);
        }
    }

    /// <summary>
    /// What was taken back of sales is borne once: whoever only ever gets a share has all of it but what they got of sales of which
    /// something was taken back.
    /// </summary>
    private static async Task CheckBorneOnce(Town town, SimulatedMarket market, Member payee, long there, long credited, string where)
    {
        if (market.Works.Any(w => w.Owner == payee))
        {
            return;
        }

        var takenBack = await town.Count(
            """
            select coalesce(sum(s.minor), 0)::bigint from royalties.charge c join royalties.share s on s.charge_id = c.id
            join payments.checkout p on p.id = c.purchase_id
            where s.payee = @Organisation and (p.refunded > 0 or exists (
              select 1 from payments.dispute d where d.checkout_id = p.id and d.state = 'lost'))
            """,
            new { payee.Organisation });
        there.ShouldBeGreaterThanOrEqualTo(credited - takenBack, $"{where}: {payee.Organisation} bears nothing twice");
    }

    /// <summary>Each payee's share of all charges is exact within a unit, and is there: owed, held back, paid, or lost with a purchase.</summary>
    private static async Task CheckPayees(Town town, SimulatedMarket market, string where)
    {
        var lost = 0L;
        foreach (var buyer in market.Buyers)
        {
            lost += await market.LostOf(buyer, "purchase");
        }

        // Of a sale that had been shared the operator may have let its payees bear it.
        var refunded = await town.Count(
            """
            select count(*) from payments.refund r join payments.checkout c on c.id = r.checkout_id
            where c.kind = 'purchase' and c.shared_in is not null and c.buyer = any(@Buyers)
            """,
            new { Buyers = market.Buyers.Select(b => b.Organisation.Value).ToArray() });
        foreach (var payee in market.Creators)
        {
            var exact = BigInteger.Zero;
            foreach (var work in market.Works)
            {
                foreach (var charge in await Charges(town, work))
                {
                    exact += (BigInteger)charge.Gross * (10_000 - charge.Fee) * work.PartOf(payee.Organisation, charge.RuleVersion);
                }
            }

            var credited = await town.Count(
                "select coalesce(sum(minor), 0)::bigint from royalties.share where payee = @Organisation",
                new { payee.Organisation });
            BigInteger.Abs((credited * (BigInteger)100_000_000) - exact).ShouldBeLessThan(100_000_000, $"{where}: {payee.Organisation}");
            var paid = await town.Count(
                "select coalesce(sum(minor), 0)::bigint from payouts.payout where organisation_id = @Organisation and state = 'paid'",
                new { payee.Organisation });
            var there = paid - await Of(town, AccountKind.CreatorPayable, payee) - await Of(town, AccountKind.Holdback, payee) -
                await Of(town, AccountKind.PayoutInTransit, payee) - await Of(town, AccountKind.CreatorDebt, payee);
            await CheckBorneOnce(town, market, payee, there, credited, where);
            var ownsAWork = market.Works.Any(w => w.Owner == payee);
            if (lost == 0 && refunded == 0 && !(market.HasRevoked && ownsAWork))
            {
                there.ShouldBe(credited, $"{where}: {payee.Organisation}");
            }
            else
            {
                there.ShouldBeLessThanOrEqualTo(credited, $"{where}: {payee.Organisation}");
            }
        }
    }

    private static Task<IReadOnlyList<Charge>> Charges(Town town, SimulatedWork work) => town.Server.Database.Query<Charge>(
        """
        select c.gross, c.rule_version, (10000 - l.royalty_percent::numeric * 100)::int as fee
        from royalties.charge c join licensing.licence l on l.id = c.licence_id where c.work_id = @Id
        """,
        new { work.Id },
        TestContext.Current.CancellationToken);

    private static Task<long> Of(Town town, AccountKind kind, Member owner) =>
        town.Balance(LedgerAccount.Of(kind, owner.Organisation, Currency.Usd));

    private static SimulatedGate Gate(Town town, string name, Random random) => new(() => town.Client(Town.Secret(name)), random);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private sealed record RuleTotal(int RuleVersion, long Gross, int Lines);

    private sealed record Charge(long Gross, int RuleVersion, int Fee);
}
