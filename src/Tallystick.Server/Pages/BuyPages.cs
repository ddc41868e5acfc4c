using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Pages;

/// <summary>From a work's page to the payment page of the gateway and back.</summary>
internal static class BuyPages
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPost("/offers/{id}/buy", Buy);
        pages.MapPost("/offers/{id}/licence", GetLicence);
        pages.MapGet("/checkout/done", Done);
        pages.MapGet("/checkout/cancelled", Cancelled);
        // Where the API's own links lead when they name no page.
        pages.MapGet("/wallet", () => Page.SeeOther("/buyer"));
        pages.MapGet("/purchases", () => Page.SeeOther("/buyer"));
        pages.MapGet("/payouts", () => Page.SeeOther("/creator"));
    }

    /// <summary>Where the gateway sends the browser back to, by the key of the checkout.</summary>
    public static (string Done, string Cancelled) ReturnTo(FoundationOptions server, string key, string? work) => (
        $"{server.PublicUrl}/checkout/done?key={Uri.EscapeDataString(key)}",
        $"{server.PublicUrl}/checkout/cancelled{(work is null ? "" : $"?work={Uri.EscapeDataString(work)}")}");

    private static async Task<IResult> Buy(
        string id, [FromForm] string? work, [FromForm] string? key, PageApi api, [AsParameters] Sources sources,
        Caller caller, CancellationToken stop)
    {
        var (done, cancelled) = ReturnTo(sources.Server, key ?? "", work);
        var opened = await api.Try<Opened>(
            "StartPurchase", body: new { offer_id = id, success_url = done, cancel_url = cancelled }, idempotencyKey: key);
        return !opened.Succeeded(out var checkout, out var refusal) ? await BackToWork(work, refusal, api, sources, caller, stop)
            : Page.SeeOther(checkout.CheckoutUrl ?? $"/checkout/done?key={Uri.EscapeDataString(key!)}");
    }

    private static async Task<IResult> GetLicence(
        string id, [FromForm] string? work, PageApi api, [AsParameters] Sources sources,
        Caller caller, CancellationToken stop)
    {
        var got = await api.Try<Got>("GetLicence", body: new { offer_id = id });
        return got.Succeeded(out var licence, out var refusal)
            ? Page.SeeOther($"/licences/{licence.LicenceId}")
            : await BackToWork(work, refusal, api, sources, caller, stop);
    }

    private static async Task<IResult> Done(string? key, Caller caller, Purchases purchases, CancellationToken stop)
    {
        if (key is not { Length: > 0 and <= 200 } || !InputErrors.IsClean(key, lines: false) ||
            await purchases.ByKey(caller.Organisation, key, stop) is not { } checkout)
        {
            throw new PageRefusedException(Problems.NotFound.With("No payment of yours has this address."));
        }

        return Page.Of<CheckoutDoneView>(new { Checkout = new PaidView(
            checkout.IsPurchase, checkout.WorkId, checkout.Title, checkout.Price, checkout.State, checkout.CheckoutUrl, checkout.PaidAt) });
    }

    private static IResult Cancelled(string? work) =>
        Page.Of<CheckoutCancelledView>(new { Work = WorkId.TryParse(work, null, out var id) ? id : (WorkId?)null });

    private static async Task<IResult> BackToWork(
        string? work, Refusal refusal, PageApi api, Sources sources, Caller caller, CancellationToken stop) =>
        WorkId.TryParse(work, null, out var id)
            ? await WorksPages.Draw(id.ToString(), api, new(sources.Organisations, sources.Ids, new()), caller, refusal, stop)
            : throw new PageRefusedException(refusal);

    internal sealed record Sources(
        [FromServices] Organisations Organisations, [FromServices] IdSource Ids, [FromServices] FoundationOptions Server);

    private sealed record Opened(string Status, string? CheckoutUrl = null);

    private sealed record Got(LicenceId LicenceId);
}

/// <summary>A checkout someone has just come back from.</summary>
public sealed record PaidView(
    bool IsPurchase, WorkId? WorkId, string Title, Core.Amounts.Money Price, string State, string? CheckoutUrl, DateTimeOffset? PaidAt)
{
    public bool IsPending => State is "open" or "creating";
}
