using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>Prepays into the wallet that per-use licences draw down.</summary>
internal sealed class StartTopUp(
    Checkouts checkouts, PaymentsOptions options, FoundationOptions server, IdSource ids)
{
    public static void Map(WebApplication app) => app
        .MapPost("/v1/wallet/top-ups", async (
            Request body, StartTopUp slice, Caller caller, HttpRequest http, CancellationToken stop) =>
            (await slice.Handle(body, caller, http, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.PaymentsWrite)
        .WithName("StartTopUp")
        .WithSummary("Opens a checkout that tops up the caller's wallet. Needs an Idempotency-Key header.")
        .Produces<View>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    public async Task<Outcome<View>> Handle(Request body, Caller caller, HttpRequest http, CancellationToken stop)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        PaymentInput.Key(http, errors, out var key);
        var success = PaymentInput.Url("success_url", body.SuccessUrl, "/wallet", server, errors);
        var cancel = PaymentInput.Url("cancel_url", body.CancelUrl, "/wallet", server, errors);
        if (body.Amount.Minor < options.TopUpMinorLeast || body.Amount.Minor > options.TopUpMinorMost)
        {
            errors["amount"] =
            [
                $"from {new Money(options.TopUpMinorLeast, body.Amount.Currency)} to {new Money(options.TopUpMinorMost, body.Amount.Currency)}.",
            ];
        }
        else if (body.Amount.Currency == Currency.Xrp)
        {
            errors["amount"] = ["XRP cannot be paid by card."];
        }

        if (errors.Count > 0)
        {
            return Problems.Invalid(errors);
        }

        var opened = await checkouts.Open(
            new WantedCheckout(
                ids.New<TopUpId>().Value, "top_up", caller.Organisation, key!, null, null, null,
                "Wallet top-up", body.Amount, 0, success, cancel),
            stop);
        return opened.Succeeded(out var row, out var refusal)
            ? new View(new TopUpId(row.Id), row.State, row.Price, row.State == "open" ? row.CheckoutUrl : null, row.CreatedAt)
            : refusal;
    }

    internal sealed record Request(Money Amount, string? SuccessUrl = null, string? CancelUrl = null);

    internal sealed record View(TopUpId TopUpId, string Status, Money Amount, string? CheckoutUrl, DateTimeOffset CreatedAt);
}
