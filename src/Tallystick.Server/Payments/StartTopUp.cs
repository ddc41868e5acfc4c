using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>Prepays into the wallet that per-use licences draw down.</summary>
internal sealed class StartTopUp(
    Checkouts checkouts, TopUpLimits limits, PaymentsOptions options, FoundationOptions server, IdSource ids)
{
    public static void Map(WebApplication app) => app
        .MapPost("/v1/wallet/top-ups", async (
            Request body, StartTopUp slice, Caller caller, HttpRequest http, CancellationToken stop) =>
            (await slice.Handle(body, caller, http, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.PaymentsWrite)
        .Spends(BudgetKind.Checkouts)
        .WithName("StartTopUp")
        .WithSummary("Opens a checkout that tops up the caller's wallet.")
        .NeedsIdempotencyKey()
        .Produces<View>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status429TooManyRequests)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    public async Task<Outcome<View>> Handle(Request body, Caller caller, HttpRequest http, CancellationToken stop)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        IdempotencyKey.Read(http, errors, out var key);
        var success = PaymentInput.Url("success_url", body.SuccessUrl, "/wallet", server, errors);
        var cancel = PaymentInput.Url("cancel_url", body.CancelUrl, "/wallet", server, errors);
        if (Fault(body.Amount) is { } fault)
        {
            errors["amount"] = [fault];
        }

        if (errors.Count > 0)
        {
            return Problems.Invalid(errors);
        }

        var opened = await checkouts.Open(
            new WantedCheckout(
                ids.New<TopUpId>().Value, "top_up", caller.Organisation, key!, null, null, null,
                "Wallet top-up", body.Amount, 0, success, cancel),
            stop,
            tx => limits.Refuse(tx, caller.Organisation, body.Amount));
        return opened.Succeeded(out var row, out var refusal)
            ? new View(new TopUpId(row.Id), row.State, row.Price, row.State == "open" ? row.CheckoutUrl : null, row.CreatedAt)
            : refusal;
    }

    private string? Fault(Money amount)
    {
        if (!CardLimits.CanCharge(amount.Currency))
        {
            return CardLimits.Fault(amount);
        }

        // The operator's limits inside those of the gateway, which differ by currency.
        var least = Math.Max(options.TopUpMinorLeast, CardLimits.MinorLeast(amount.Currency));
        var most = Math.Max(least, options.TopUpMinorMost);
        return amount.Minor < least || amount.Minor > most
            ? $"from {new Money(least, amount.Currency)} to {new Money(most, amount.Currency)}."
            : CardLimits.Fault(amount);
    }

    internal sealed record Request(Money Amount, string? SuccessUrl = null, string? CancelUrl = null);

    internal sealed record View(TopUpId TopUpId, string Status, Money Amount, string? CheckoutUrl, DateTimeOffset CreatedAt);
}
