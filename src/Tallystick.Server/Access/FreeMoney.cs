using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Access;

/// <summary>What of a wallet may be promised to a gate: what nobody's hold, ours or another module's, speaks for.</summary>
internal sealed class FreeMoney(Books books, IEnumerable<WalletHold> holds)
{
    /// <summary>
    /// Minor units, below zero when more is held than there is. The wallet stays locked until the transaction ends: of all
    /// decisions about it one is made at a time. Holds are read before the balance: billing moves money from held to drawn
    /// at once, so whatever happens between the two reads makes less available, never more.
    /// </summary>
    public async Task<long> Locked(Tx tx, OrganisationId buyer, Currency currency)
    {
        var wallet = LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, currency);
        await books.Lock(tx, wallet);
        var held = 0L;
        foreach (var hold in holds)
        {
            held = checked(held + await hold.Held(tx, buyer, currency));
        }

        return checked(-(await books.Balance(tx, wallet)).Minor - held);
    }
}
