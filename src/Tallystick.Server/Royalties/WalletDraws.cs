using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Access.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>Wallets, locked, with all that is held of them: what the charges of a chunk draw on.</summary>
internal sealed class WalletDraws(Books books, Credit credit)
{
    public async Task<Dictionary<(OrganisationId Buyer, Currency Currency), DrawnWallet>> Lock(
        Tx tx, IReadOnlyCollection<(OrganisationId Buyer, Currency Currency)> wallets, IReadOnlyCollection<LicenceId> licences)
    {
        var buyers = wallets.Select(w => w.Buyer).Distinct().ToList();
        var balances = await books.LockBalances(
            tx, wallets.Distinct().Select(w => LedgerAccount.Of(AccountKind.BuyerPrepaid, w.Buyer, w.Currency)));
        var leased = await credit.HeldOf(tx, wallets);
        var leases = await credit.HeldBy(tx, licences);
        var disputed = await DisputedTopUps.HeldOf(tx, buyers);
        var own = (await tx.Query<Own>(
            """
            select buyer, currency, sum(carries)::bigint as carries, sum(owed)::bigint as owed from (
              select buyer, currency, ceil(numerator / denominator) as carries, 0 as owed from royalties.price_carry
              where buyer = any(@Buyers) and numerator > 0
              union all
              select buyer, currency, 0, minor from royalties.owed where buyer = any(@Buyers)) held
            group by buyer, currency
            """,
            new { Buyers = buyers.Select(b => b.Value).ToArray() })).ToDictionary(o => (o.Buyer, o.Currency));
        return wallets.Distinct().ToDictionary(w => w, w =>
        {
            var held = own.GetValueOrDefault(w);
            return new DrawnWallet(
                -balances[LedgerAccount.Of(AccountKind.BuyerPrepaid, w.Buyer, w.Currency)], leased.GetValueOrDefault(w),
                leases, held?.Carries ?? 0, held?.Owed ?? 0, disputed.GetValueOrDefault(w));
        });
    }

    /// <summary>What this module holds of a wallet: what was used and not collected, and what carries may still come to.</summary>
    public static Task<long> Held(Tx tx, OrganisationId buyer, Currency currency) => tx.QueryOne<long>(
        """
        select (
          coalesce((select sum(minor) from royalties.owed where buyer = @buyer and currency = @currency), 0) +
          coalesce((select sum(ceil(numerator / denominator)) from royalties.price_carry
            where buyer = @buyer and currency = @currency and numerator > 0), 0))::bigint
        """,
        new { buyer, currency });

    private sealed record Own(OrganisationId Buyer, Currency Currency, long Carries, long Owed);
}
