using System.CommandLine;
using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Cli.Commands;

/// <summary>Being paid by other people's rules: <c>invitations</c>, <c>payout-minimum</c>, <c>payout</c>.</summary>
internal static class PayeeCommands
{
    public static Command Invitations() => Define.Group(
        "invitations", "Invitations to share in other creators' works: list, accept, decline, end.",
        List(),
        Answer("accept", "Agree to be named by this creator's rules."),
        Answer("decline", "Refuse; this creator cannot ask again for thirty days."),
        Answer("end", "End an agreement for rules to come; those that stand go on."));

    public static Command Minimum()
    {
        var amounts = new Argument<string[]>("AMOUNT") { Description = "Like '20 USD'; one for each currency.", Arity = ArgumentArity.ZeroOrMore };
        var none = Define.Option<bool>("--none", "Remove all minimums.");
        return Define.Command(
            "payout-minimum", "Show or set the least that you want to be paid at once; what you do not name has no minimum.",
            "tally payout-minimum '20 USD' '15 EUR'", [amounts, none],
            async call =>
            {
                using var tally = call.Open();
                var given = call.Get(amounts);
                var minimums = given.Length == 0 && !call.Get(none)
                    ? await tally.PayoutMinimums(call.Stop)
                    : await tally.SetPayoutMinimums([.. given.Select(Call.Money)], call.Stop);
                call.Output.Result(minimums, m => Console.WriteLine(m.Minimums.Count == 0
                    ? "You have no minimum: what is owed is paid by the next billing run, from the operator's least on."
                    : $"Paid from {string.Join(", ", m.Minimums)} on; less with 'tally payout'."));
                return 0;
            });
    }

    public static Command Payout()
    {
        var currency = Define.Argument("CURRENCY", "Like USD.");
        var key = Define.Option<string?>("--key", "Name of this wish: the same name again is the same payout (default: a new one).");
        return Define.Command(
            "payout", "Ask for what is payable to you now, however little it is; once a day.", "tally payout USD", [currency, key],
            async call =>
            {
                using var tally = call.Open();
                call.Output.Result(
                    await tally.AskForPayout(Call.Currency(call.Get(currency)), call.Get(key) ?? Guid.CreateVersion7().ToString(), call.Stop),
                    p => Console.WriteLine($"{p.PayoutId}: {p.Amount} is {p.State}."));
                return 0;
            });
    }

    private static Command List()
    {
        var sent = Define.Option<bool>("--sent", "Those that your own rules made, instead of those to you.");
        return ListCommand.Create(
            ("list", "List invitations and agreements.", "tally invitations list"), [sent],
            (call, tally, after, stop) => tally.RoyaltyInvitations(call.Get(sent), after, stop),
            new Columns<RoyaltyInvitation>(
                ["invitation", "creator", "payee", "state", "for the work", "asked", "answered"],
                i => [
                    i.InvitationId.ToString(), i.CreatorName, i.PayeeName, i.State, i.Title, Call.Time(i.AskedAt), Call.Time(i.AnsweredAt)],
                "There are none."));
    }

    private static Command Answer(string verb, string what)
    {
        var invitation = Define.Argument("INVITATION", "Id of the invitation.");
        return Define.Command(
            verb, what, $"tally invitations {verb} inv_01jd…", [invitation],
            async call =>
            {
                using var tally = call.Open();
                call.Output.Result(
                    await tally.AnswerInvitation(Call.Id<InvitationId>(call.Get(invitation), "invitation"), verb, call.Stop),
                    i => Console.WriteLine($"{i.InvitationId} of {i.CreatorName} is {i.State}."));
                return 0;
            });
    }
}
