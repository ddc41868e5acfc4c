using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Transactions;

/// <summary>Sets sequence numbers aside, to be used in any order.</summary>
internal static class TicketCreate
{
    private const uint TicketsMax = 250;

    public static Ter Preflight(Tx tx) =>
        tx.UInt32(Field.TicketCount) is >= 1 and <= TicketsMax ? Ter.Success : Ter.InvalidCount;

    public static Ter Preclaim(ApplyContext context)
    {
        var tx = context.Tx;
        var consumed = tx.TicketSequence is null ? 0u : 1u;
        var after = context.Sender.TicketCount + tx.UInt32(Field.TicketCount)!.Value - consumed;
        return after > TicketsMax ? Ter.DirFull : Ter.Success;
    }

    public static Ter Apply(ApplyContext context)
    {
        var tx = context.Tx;
        var count = tx.UInt32(Field.TicketCount)!.Value;
        if (context.PriorBalance < NetworkRules.Reserve(context.Sender.OwnerCount + count)) return Ter.InsufficientReserve;
        var first = context.Sender.Sequence;
        for (var ticket = first; ticket < first + count; ticket++)
        {
            var index = Keylets.Ticket(tx.Account, ticket);
            context.View.Put(new Ticket(index, tx.Account, ticket));
            context.Link(tx.Account, index);
        }
        var account = context.Sender;
        context.View.Put(account with
        {
            Sequence = checked(first + count),
            OwnerCount = account.OwnerCount + count,
            TicketCount = account.TicketCount + count,
        });
        return Ter.Success;
    }
}
