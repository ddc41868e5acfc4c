using System.CommandLine;
using System.CommandLine.Invocation;
using Tallystick.Cli;
using Tallystick.Cli.Commands;

var tally = new RootCommand("Tallystick: licences, usage, royalties and payments. Every command has --help with an example.")
{
    AccountCommands.SignUp(),
    AccountCommands.Login(),
    AccountCommands.WhoAmI(),
    AccountCommands.Keys(),
    AccountCommands.ResetPassword(),
    AccountCommands.CloseAccount(),

    PublishCommand.Create(),
    DraftCommands.Create(),
    CatalogCommands.Works(),
    CatalogCommands.Work(),
    CatalogCommands.Offer(),
    CatalogCommands.Withdraw(),
    CatalogCommands.Rule(),
    BuyCommands.PayoutAccount(),

    BuyCommands.Buy(),
    BuyCommands.Refund(),
    BuyCommands.TopUp(),
    BuyCommands.Wallet(),
    LicenceCommands.List(),
    LicenceCommands.Show(),
    LicenceCommands.Renew(),
    LicenceCommands.Revoke(),
    PullCommand.Create(),

    BookCommands.Usage(),
    BookCommands.Statement(),
    BookCommands.Payouts(),
    PayeeCommands.Invitations(),
    PayeeCommands.Minimum(),
    PayeeCommands.Payout(),
    BookCommands.BillingRun(),
    OperatorCommands.SetAside(),

    ProofCommands.Receipts(),
    ProofCommands.Receipt(),
    VerifyCommand.Create(),
    ProofCommands.Trace(),
    ProofCommands.Log(),
    DoctorCommand.Create(),
    XrplCommands.Create(),
};
tally.Add(Session.ServerOption);
tally.Add(Session.ProfileOption);
tally.Add(Session.JsonOption);

var parsed = tally.Parse(args);
if (parsed.CommandResult.Command is ExampleCommand asked)
{
    asked.ShowExample();
}

return parsed.Action is ParseErrorAction ? Output.TypedWrong(parsed) : await parsed.InvokeAsync();
