using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>What the module that shares sales knows of them and does for them. It calls this one, so this one is handed it.</summary>
/// <param name="HeldBack">
/// Of a payee's share of a purchase, what is held back and not released, in minor units: money of this very sale.
/// </param>
/// <param name="PutRight">
/// Something was given back to these accounts of payees, in a currency, under a reference: a debt that was collected and is none
/// is owed again, a holdback whose day has passed is released.
/// </param>
/// <param name="Bear">
/// Those who got a share bear a refund as far as they still have it, and the operator the rest; false when nobody has anything of it.
/// </param>
/// <param name="Reach">What is lost of a top-up reaches the shares that it paid for, and its buyer owes so much less.</param>
/// <param name="LetGo">The same loss is none any more.</param>
internal sealed record SharedSales(
    Func<Tx, PurchaseId, OrganisationId, Task<long>> HeldBack,
    Func<Tx, IEnumerable<LedgerAccount>, Currency, string, Task> PutRight,
    Func<Tx, UncoveredRefund, Task<bool>> Bear,
    Func<Tx, LostTopUp, Task> Reach,
    Func<Tx, LostTopUp, Task> LetGo);

/// <summary>What the module that pays out has of a payee's money.</summary>
/// <param name="Locked">
/// Minor units in payouts of which nothing can have left; they stay so until the transaction ends, and what the payee owes by then
/// is taken out of them before they are sent.
/// </param>
internal sealed record UnsentPayouts(Func<Tx, OrganisationId, Currency, Task<long>> Locked);
