using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Charges usage, a chunk a transaction: what is read, decided, posted and written down for a chunk happens whole or not at
/// all, and the run remembers how far it came.
/// </summary>
internal sealed class ChargeUsage(Database database, WalletDraws draws, ChargeRows rows) : IRunStep
{
    public string State => "charging";

    /// <summary>1 Read a chunk. 2 Lock the wallets it draws on. 3 Price, round, split: pure. 4 Post and write down. 5 Move on.</summary>
    public Task Step(RunRow run, int most, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            // 1
            await run.Hold(tx);
            var lines = await Lines(tx, run, most);
            if (lines.Count == 0)
            {
                await run.MoveOn(tx, "settling");
                CrashPoint.Reach("billing.charged_before_commit");
                return;
            }

            // 2
            var wallets = await draws.Lock(tx, [.. lines.Select(l => l.Wallet)], [.. lines.Select(l => l.LicenceId).Distinct()]);
            var rules = await EffectiveRules.Of(tx, [.. lines.Select(l => (l.WorkId, l.Creator, l.RuleVersion))]);
            var parts = await rows.PartsOf(tx, run, rules.Values);

            // 3
            var (charges, carries) = (new List<Charged>(lines.Count), new Dictionary<CarryKey, PriceCarry>());
            foreach (var line in lines)
            {
                var before = carries.TryGetValue(line.Key, out var known) ? known.Carry : line.Carried;
                var charged = Price(line, before, wallets[line.Wallet], rules[(line.WorkId, line.RuleVersion)], run, parts);
                carries[line.Key] = new PriceCarry(line.Key, line.LicenceId, line.RuleVersion, charged.CarryAfter);
                charges.Add(charged);
            }

            // 4
            await rows.Save(tx, run, charges, parts);
            await PriceCarry.Save(tx, carries.Values);
            CrashPoint.Reach("billing.chunk_before_commit");
            await run.After(tx, lines[^1].Id); // 5
        },
        stop);

    public async Task<FailedRow?> LeaveOut(Tx tx, RunRow run)
    {
        if (await tx.QueryOne<long?>(NextSql, new { run.Id, run.AfterNumber }) is not { } line)
        {
            return null;
        }

        await tx.Execute("update royalties.usage set state = 'set_aside', billed_in = null where id = @line", new { line });
        await run.After(tx, line);
        return new FailedRow(LeftOut.UsageLine, line.ToString(CultureInfo.InvariantCulture));
    }

    private static async Task<IReadOnlyList<UsageLine>> Lines(Tx tx, RunRow run, int most)
    {
        var arguments = new { run.Id, run.AfterNumber, most };
        var lines = await tx.Query<UsageLine>(LinesSql, arguments);
        var unread = lines.Where(l => l.FeeBasisPoints is null).Select(l => l.LicenceId).Distinct().ToList();
        if (unread.Count == 0)
        {
            return lines;
        }

        await LearnLicence.Fees(tx, unread);
        return await tx.Query<UsageLine>(LinesSql, arguments);
    }

    private static Charged Price(
        UsageLine line, ExactAmount before, DrawnWallet wallet, EffectiveRule rule, RunRow run, Parts parts)
    {
        var price = new Price(new Money(line.PriceMinor, line.Currency), (Meter)line.Meter, line.Per);
        var charge = ChargeLine.Of(price, line.Quantity, before, wallet.ForUse(line.LicenceId, before.Numerator > 0));
        wallet.Use(line.LicenceId, charge.Charged, charge.Uncollected);
        var fee = line.FeeBasisPoints ?? run.FeeBasisPoints;
        return new Charged(
            line.LicenceId.Value, line.Id, line.LicenceId, null, line.WorkId, line.Title, line.Buyer,
            line.Creator, line.Pseudonym, line.Meter, line.Quantity, line.Events, line.Seals, line.Currency, fee,
            parts.Split(line.Currency, charge.Charged, fee, rule, line.Buyer, line.Creator), charge.Uncollected, before, charge.Carry, rule);
    }

    private const string LinesSql =
        """
        select u.id, u.licence_id, u.quantity, u.events, u.seals::text as seals, u.rule_version, l.work_id, l.title, l.buyer,
          l.creator, l.pseudonym, l.meter, l.price_minor, l.currency, l.per, l.fee_basis_points,
          c.numerator::text as numerator, c.denominator
        from royalties.usage u
        join royalties.licence l on l.licence_id = u.licence_id and l.meter = u.meter and l.purchase_id is null
        left join royalties.price_carry c on c.buyer = l.buyer and c.creator = l.creator and c.currency = l.currency
          and c.meter = l.meter and c.price_minor = l.price_minor and c.per = l.per
        where u.billed_in = @Id and u.state in ('counted', 'accepted') and u.id > @AfterNumber
        order by u.id limit @most
        """;

    /// <summary>The line that comes next, whatever else of it can be read.</summary>
    private const string NextSql =
        """
        select u.id from royalties.usage u
        join royalties.licence l on l.licence_id = u.licence_id and l.meter = u.meter and l.purchase_id is null
        where u.billed_in = @Id and u.state in ('counted', 'accepted') and u.id > @AfterNumber order by u.id limit 1
        """;

    private sealed record UsageLine(
        long Id, LicenceId LicenceId, long Quantity, long Events, string Seals, int RuleVersion, WorkId WorkId, string Title,
        OrganisationId Buyer, OrganisationId Creator, BuyerPseudonym Pseudonym, int Meter, long PriceMinor, Currency Currency,
        long Per, int? FeeBasisPoints, string? Numerator, long? Denominator)
    {
        public (OrganisationId Buyer, Currency Currency) Wallet => (Buyer, Currency);

        public CarryKey Key => new(Buyer, Creator, Currency, Meter, PriceMinor, Per);

        public ExactAmount Carried => Numerator is null
            ? ExactAmount.Zero
            : new ExactAmount(Int128.Parse(Numerator, CultureInfo.InvariantCulture), Denominator!.Value);
    }
}
