using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Transactions;

/// <summary>Lets another key sign for the account, or ends that.</summary>
internal static class SetRegularKey
{
    public static Ter Preflight(Tx tx) =>
        tx.AccountOf(Field.RegularKey) == tx.Account ? Ter.BadRegKey : Ter.Success;

    public static Ter Apply(ApplyContext context)
    {
        var account = context.Sender;
        var key = context.Tx.AccountOf(Field.RegularKey);
        if (key is null && account.Has(AccountRoot.DisableMaster)) return Ter.NoAlternativeKey;
        context.View.Put(account with { RegularKey = key });
        return Ter.Success;
    }
}
