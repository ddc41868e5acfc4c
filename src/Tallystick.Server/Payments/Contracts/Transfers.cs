using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>What became of a transfer that was sent or asked for.</summary>
internal abstract record TransferOutcome
{
    private TransferOutcome()
    {
    }

    internal sealed record Made(string TransferId) : TransferOutcome;

    /// <param name="NoFunds">The available balance does not cover it: later it may.</param>
    internal sealed record Refused(string Code, string Message, bool NoFunds) : TransferOutcome
    {
        /// <summary>There is no such account for us, as its owner may have taken it back, or the gateway has stopped sending to it.</summary>
        public bool CannotReceive => Code is "resource_missing" or "account_invalid" or "insufficient_capabilities_for_transfer";
    }

    /// <summary>Asked for, and the gateway has none.</summary>
    internal sealed record Absent : TransferOutcome;

    internal sealed record Unknown(string Why) : TransferOutcome;

    /// <summary>Several, or another than was asked for: nothing that a program of ours could have done, and a person's to judge.</summary>
    /// <param name="TransferIds">Oldest first.</param>
    internal sealed record Contradicts(IReadOnlyList<string> TransferIds, string Why) : TransferOutcome;
}

/// <summary>Sends creators' money to their accounts at the gateway, and finds out what was sent.</summary>
internal sealed class Transfers(StripeGateway gateway)
{
    /// <summary>
    /// Sends. The key is the payout and its attempt: repeating it within the key's life gives the first answer. The
    /// transfer group is the payout alone, so that every attempt is found by it.
    /// </summary>
    public async Task<TransferOutcome> Create(
        PayoutId payout, int attempt, string account, Money amount, CancellationToken stop) =>
        await gateway.Post(
            $"payout/{payout}/{attempt}",
            "/v1/transfers",
            new StripeForm()
                .Add("amount", amount.Minor)
                .Add("currency", amount.Currency.Code.ToLowerInvariant())
                .Add("destination", account)
                .Add("transfer_group", payout.ToString())
                .Add("metadata[tally_id]", payout.ToString()),
            stop) switch
        {
            StripeOutcome.Done done => new TransferOutcome.Made(done.Answer.Id),
            StripeOutcome.Refused refused => new TransferOutcome.Refused(
                refused.Code, refused.Message, refused.Code is "balance_insufficient"),
            StripeOutcome.Unknown unknown => new TransferOutcome.Unknown(unknown.Why),
            _ => throw new InvalidOperationException("The gateway's outcomes are closed."),
        };

    /// <summary>Made, Absent, Unknown or Contradicts: two that could both be it are never chosen between by guess.</summary>
    public async Task<TransferOutcome> Find(PayoutId payout, Money amount, CancellationToken stop)
    {
        var outcome = await gateway.Get(
            "/v1/transfers", new StripeForm().Add("transfer_group", payout.ToString()).Add("limit", 10), stop);
        if (outcome is not StripeOutcome.Done done)
        {
            return new TransferOutcome.Unknown("the gateway could not be asked");
        }

        return done.Answer.Items("data").ToList() switch
        {
            [] => new TransferOutcome.Absent(),
            [var one] when IsIt(one, amount) => new TransferOutcome.Made(one.Id),
            [var other] => new TransferOutcome.Contradicts([other.Id], "the gateway's transfer has another amount or currency"),
            // The gateway lists the newest first.
            var many => new TransferOutcome.Contradicts(
                [.. many.AsEnumerable().Reverse().Select(t => t.Id)], $"the gateway has {many.Count} transfers of this payout"),
        };
    }

    private static bool IsIt(StripeObject transfer, Money amount) => transfer.Long("amount") == amount.Minor &&
        string.Equals(transfer.Text("currency"), amount.Currency.Code, StringComparison.OrdinalIgnoreCase);

    /// <summary>What the gateway says can be sent now; null when it could not be asked.</summary>
    public async Task<long?> Available(Currency currency, CancellationToken stop) =>
        await gateway.Get("/v1/balance", null, stop) is StripeOutcome.Done done
            ? done.Answer.Items("available")
                .Where(a => string.Equals(a.Text("currency"), currency.Code, StringComparison.OrdinalIgnoreCase))
                .Sum(a => a.Long("amount"))
            : null;
}
