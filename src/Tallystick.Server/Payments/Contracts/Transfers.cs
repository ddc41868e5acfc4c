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
    internal sealed record Refused(string Code, string Message, bool NoFunds) : TransferOutcome;

    /// <summary>Asked for, and the gateway has none.</summary>
    internal sealed record Absent : TransferOutcome;

    internal sealed record Unknown(string Why) : TransferOutcome;
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

    /// <summary>Made, Absent or Unknown.</summary>
    public async Task<TransferOutcome> Find(PayoutId payout, CancellationToken stop)
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
            [var one] => new TransferOutcome.Made(one.Id),
            var many => throw new InvalidOperationException($"{payout} was transferred {many.Count} times."),
        };
    }

    /// <summary>What the gateway says can be sent now; null when it could not be asked.</summary>
    public async Task<long?> Available(Currency currency, CancellationToken stop) =>
        await gateway.Get("/v1/balance", null, stop) is StripeOutcome.Done done
            ? done.Answer.Items("available")
                .Where(a => string.Equals(a.Text("currency"), currency.Code, StringComparison.OrdinalIgnoreCase))
                .Sum(a => a.Long("amount"))
            : null;
}
