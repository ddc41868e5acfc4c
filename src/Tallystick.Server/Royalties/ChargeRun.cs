using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Charges usage and shares purchases, a chunk a transaction: what is read, decided, posted and written down for a chunk
/// happens whole or not at all, and the run remembers how far it came.
/// </summary>
internal sealed class ChargeRun(Database database, Books books, DuePurchases purchases, ChargeRows rows, TimeProvider clock)
{
    /// <summary>Large enough that the round trips do not count, small enough to be lost without regret.</summary>
    private const int ChunkSize = 1_000;

    /// <summary>1 Read a chunk. 2 Lock the wallets it draws on. 3 Price, round, split: pure. 4 Post and write down. 5 Move on.</summary>
    public Task Usage(RunRow run, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            // 1
            var lines = await tx.Query<UsageLine>(LinesSql, new { run.Id, After = run.AfterId, ChunkSize });
            if (lines.Count == 0)
            {
                await MoveOn(tx, run, "sharing", Guid.Empty);
                CrashPoint.Reach("billing.charged_before_commit");
                return;
            }

            // 2
            var wallets = (await books.LockBalances(tx, lines.Select(Wallet)))
                .ToDictionary(w => w.Key, w => Math.Max(0, -w.Value));
            var rules = await EffectiveRules.At(
                tx, lines.DistinctBy(l => l.WorkId).ToDictionary(l => l.WorkId, l => l.Creator), run.UpTo);
            var remainders = await Remainders.Load(tx, rules.Values.SelectMany(r => r.Split.Shares).Select(s => s.Payee));

            // 3
            var charges = new List<Charged>(lines.Count);
            foreach (var line in lines)
            {
                var charged = Price(line, wallets[Wallet(line)], run, rules[line.WorkId], remainders);
                wallets[Wallet(line)] -= charged.Split.Gross;
                charges.Add(charged);
            }

            // 4
            await Post(tx, run, charges, remainders);
            await SaveCarries(tx, charges);
            CrashPoint.Reach("billing.chunk_before_commit");
            await MoveOn(tx, run, "charging", lines[^1].LicenceId.Value); // 5
        },
        stop);

    /// <summary>The same for one-off prices whose refund window has ended. They were paid long ago: nothing is rounded or carried.</summary>
    public Task Purchases(RunRow run, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            var due = await purchases.Of(tx, run.Id, new PurchaseId(run.AfterId), ChunkSize);
            if (due.Count == 0)
            {
                await rows.Aggregate(tx, run);
                await MoveOn(tx, run, "statements", Guid.Empty);
                CrashPoint.Reach("billing.shared_before_commit");
                return;
            }

            var rules = await EffectiveRules.At(
                tx, due.DistinctBy(d => d.WorkId).ToDictionary(d => d.WorkId, d => d.Creator), run.UpTo);
            var remainders = await Remainders.Load(tx, rules.Values.SelectMany(r => r.Split.Shares).Select(s => s.Payee));
            var known = await rows.LicencesOf(tx, due);
            var charges = due
                .Select(d => Share(d, known.GetValueOrDefault(d.PurchaseId), run, rules[d.WorkId], remainders)).ToList();
            await Post(tx, run, charges, remainders);
            await MoveOn(tx, run, "sharing", due[^1].PurchaseId.Value);
        },
        stop);

    private async Task Post(Tx tx, RunRow run, List<Charged> charges, Remainders remainders)
    {
        await remainders.Save(tx);
        var now = clock.GetUtcNow();
        await books.PostAll(tx, [.. charges.Where(c => c.Split.Gross > 0).Select(c => c.PurchaseId is { } purchase
            ? ChargePostings.Purchase(run.Id, purchase, c.Currency, c.Split, now)
            : ChargePostings.Usage(run.Id, c.LicenceId!.Value, c.Buyer, c.Currency, c.Split, now))]);
        await rows.Save(tx, run, charges);
    }

    private static Charged Price(UsageLine line, long wallet, RunRow run, EffectiveRule rule, Remainders remainders)
    {
        var price = new Price(new Money(line.PriceMinor, line.Currency), (Meter)line.Meter, line.Per);
        var before = line.Numerator is null ? ExactAmount.Zero : new ExactAmount(
            Int128.Parse(line.Numerator, CultureInfo.InvariantCulture), line.Denominator!.Value);
        var charge = ChargeLine.Of(price, line.Quantity, before, wallet);
        var split = remainders.Split(line.Currency, charge.Charged, run.FeeBasisPoints, rule);
        return new Charged(
            line.LicenceId.Value, line.LicenceId, null, line.WorkId, line.Title, line.Buyer, line.Creator, line.Pseudonym,
            line.Meter, line.Quantity, line.Events, line.Seals, line.Currency, run.FeeBasisPoints, split, charge.Uncollected, before,
            charge.Carry + new ExactAmount(charge.Uncollected, 1), rule);
    }

    private static Charged Share(
        DuePurchase due, ChargeRows.KnownLicence? known, RunRow run, EffectiveRule rule, Remainders remainders) => new(
        due.PurchaseId.Value, known?.LicenceId, due.PurchaseId, due.WorkId, due.Title, due.Buyer, due.Creator,
        known?.Pseudonym, 0, 1, 0, "{}", due.Currency, run.FeeBasisPoints,
        remainders.Split(due.Currency, due.Minor, run.FeeBasisPoints, rule), 0,
        ExactAmount.Zero, ExactAmount.Zero, rule);

    private static LedgerAccount Wallet(UsageLine line) =>
        LedgerAccount.Of(AccountKind.BuyerPrepaid, line.Buyer, line.Currency);

    private static Task SaveCarries(Tx tx, List<Charged> charges) => tx.Execute(
        """
        insert into royalties.carry (licence_id, numerator, denominator)
        select l, n::numeric, d from unnest(@Licences, @Numerators, @Denominators) u (l, n, d)
        on conflict (licence_id) do update set numerator = excluded.numerator, denominator = excluded.denominator
        """,
        new
        {
            Licences = charges.Select(c => c.SourceId).ToArray(),
            Numerators = charges.Select(c => c.CarryAfter.Numerator.ToString(CultureInfo.InvariantCulture)).ToArray(),
            Denominators = charges.Select(c => c.CarryAfter.Denominator).ToArray(),
        });

    /// <summary>Only from where this transaction believes the run to be: a second worker would be a defect, not a rival.</summary>
    private static async Task MoveOn(Tx tx, RunRow run, string state, Guid after)
    {
        if (await tx.Execute(
            """
            update royalties.run set state = @Next, after_id = @After
            where id = @Id and state = @State and after_id = @AfterId
            """,
            new { run.Id, run.State, run.AfterId, Next = state, After = after }) != 1)
        {
            throw new InvalidOperationException($"Billing run {run.Id} is not where it was left.");
        }
    }

    private const string LinesSql =
        """
        select u.licence_id, u.quantity, u.events, u.seals::text as seals, l.work_id, l.title, l.buyer, l.creator,
          l.pseudonym, l.meter, l.price_minor, l.currency, l.per, c.numerator::text as numerator, c.denominator
        from royalties.usage u
        join royalties.licence l on l.licence_id = u.licence_id and l.meter = u.meter and l.purchase_id is null
        left join royalties.carry c on c.licence_id = u.licence_id
        where u.run_id = @Id and u.licence_id > @After
        order by u.licence_id limit @ChunkSize
        """;

    private sealed record UsageLine(
        LicenceId LicenceId, long Quantity, long Events, string Seals, WorkId WorkId, string Title, OrganisationId Buyer,
        OrganisationId Creator, BuyerPseudonym Pseudonym, int Meter, long PriceMinor, Currency Currency, long Per,
        string? Numerator, long? Denominator);
}
