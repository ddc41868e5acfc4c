using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>
/// Who closes an account leaves no money in its wallet, and none that may still come there: nobody could ask for it afterwards.
/// 1. No refund is begun meanwhile. 2. What is on its way in, then what is in the books: what arrives between is seen once at
/// least.
/// </summary>
internal sealed class EmptyWallet(WalletFunds funds) : IClosingCheck
{
    public async Task<ClosingView> Look(Tx tx, OrganisationId organisation)
    {
        // 1
        await tx.Take(Turn.WalletRefund, organisation);

        // 2
        var obstacles = new List<string>();
        if (await tx.QueryOne<bool>(
            "select exists (select 1 from payments.checkout where buyer = @organisation and state in ('creating', 'open'))",
            new { organisation }))
        {
            obstacles.Add("A payment that you began can still be paid: pay it, or wait until it has expired, a day after it was begun.");
        }

        var balances = await OwnBalances.Of(tx, organisation.Value);
        foreach (var refund in Of(AccountKind.RefundInTransit).Where(r => r.Minor != 0))
        {
            obstacles.Add($"{new Money(Math.Abs(refund.Minor), refund.Currency)} are on their way back to your card: wait until they are there.");
        }

        // Less than the gateway sends can be asked for by nobody: it keeps no account open.
        foreach (var wallet in Of(AccountKind.BuyerPrepaid).Where(w => -w.Minor >= CardLimits.Step(w.Currency)))
        {
            var (left, held) = (-wallet.Minor, Math.Min(-wallet.Minor, await funds.Held(tx, organisation, wallet.Currency)));
            var later = held > 0
                ? $" {new Money(held, wallet.Currency)} of it are held for what was used; that is free or drawn when its licences are billed and have ended."
                : "";
            obstacles.Add(
                $"Your wallet holds {new Money(left, wallet.Currency)}: ask for the refund first (POST /v1/wallet/refunds, " +
                $"'tally refund', or the page of your purchases).{later}");
        }

        return new(obstacles, [.. Of(AccountKind.BuyerDebt).Where(d => d.Minor > 0).Select(d => new Money(d.Minor, d.Currency))]);

        IEnumerable<AccountBalance> Of(AccountKind kind) => balances.Where(b => b.Kind == LedgerAccount.NameOf(kind));
    }
}
