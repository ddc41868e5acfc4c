using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Pages.Parts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Pages;

/// <summary>What a buyer holds: money, licences, purchases, usage, statements.</summary>
internal static class BuyerPages
{
    public const string TopUpForm = "top-up";
    public const string RefundForm = "refund";

    private const int ListedMost = 50;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/buyer", Show);
        pages.MapPost("/buyer/top-up", TopUp);
        pages.MapPost("/buyer/refund", Refund);
        // Where a refused form leaves the browser: loaded again, it is the page.
        pages.MapGet("/buyer/top-up", () => Page.SeeOther("/buyer"));
        pages.MapGet("/buyer/refund", () => Page.SeeOther("/buyer"));
        pages.MapGet("/licences/{jti}", ShowLicence);
    }

    private static async Task<IResult> Show(
        PageApi api, Caller caller, [AsParameters] Sources sources, CancellationToken stop) =>
        await Draw(api, caller, sources, null, stop);

    private static async Task<IResult> Draw(
        PageApi api, Caller caller, Sources sources, FormError? error, CancellationToken stop)
    {
        var licences = (await api.Read<Part<LicenceRow>>("ListLicences", new { limit = ListedMost })).Items;
        var titles = await Titles(sources.Works, licences.Select(l => l.WorkId), stop);
        return Page.Of<BuyerView>(new
        {
            Wallet = await api.Read<Wallet>("ShowWallet"),
            Licences = licences,
            Titles = titles,
            Prices = await Prices(api, licences),
            Purchases = (IReadOnlyList<PurchaseRow>)[.. (await sources.Purchases.OfBuyer(caller.Organisation, ListedMost, stop))
                .Select(p => new PurchaseRow(p.WorkId, p.Title, p.Price, p.Refunded, p.State, p.CheckoutUrl, p.CreatedAt, p.RefundUntil))],
            Usage = await UsageCharts.Read(api, sources.Ids.Now, licences.Select(l => l.LicenceId.ToString()).ToHashSet(StringComparer.Ordinal), null),
            Statements = await StatementPages.Newest(api, "buyer"),
            Key = sources.Ids.New<RequestId>().ToString(),
            sources.Ids.Now,
            Error = error,
        }, error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IResult> TopUp(
        [FromForm] string? amount, [FromForm] string? key, PageApi api, Caller caller,
        [AsParameters] Sources sources, CancellationToken stop)
    {
        if (Dollars(amount) is not { } money)
        {
            return await Draw(api, caller, sources, NoAmount(TopUpForm, amount), stop);
        }

        var (done, cancelled) = BuyPages.ReturnTo(sources.Server, key ?? "", null);
        var opened = await api.Try<Opened>(
            "StartTopUp",
            body: new
            {
                amount = money,
                success_url = done,
                cancel_url = cancelled,
            },
            idempotencyKey: key);
        return opened.Succeeded(out var checkout, out var refusal)
            ? Page.SeeOther(checkout.CheckoutUrl ?? $"/checkout/done?key={Uri.EscapeDataString(key!)}")
            : await Draw(api, caller, sources, FormError.Of(TopUpForm, refusal, amount), stop);
    }

    private static async Task<IResult> Refund(
        [FromForm] string? amount, [FromForm] string? key, PageApi api, Caller caller,
        [AsParameters] Sources sources, CancellationToken stop) =>
        Dollars(amount) is not { } money
            ? await Draw(api, caller, sources, NoAmount(RefundForm, amount), stop)
            : (await api.Try<WalletRefund>("RefundWallet", body: new { amount = money }, idempotencyKey: key))
                .Succeeded(out _, out var refusal)
                ? Page.SeeOther("/buyer#wallet")
                : await Draw(api, caller, sources, FormError.Of(RefundForm, refusal, amount), stop);

    private static Money? Dollars(string? amount) =>
        decimal.TryParse(
            amount, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out var units) && units <= 1_000_000 && decimal.Round(units, 2) == units
            ? new Money((long)(units * 100), Currency.Usd)
            : null;

    private static FormError NoAmount(string form, string? typed) =>
        new(form, "Give the amount in dollars and cents, for example 25 or 12.50.", typed);

    private static async Task<IResult> ShowLicence(string jti, PageApi api, Caller caller, IdSource ids)
    {
        var licence = await api.Read<LicenceRow>("ShowLicence", new { jti });
        return Page.Of<LicenceView>(new
        {
            Licence = licence,
            Usage = await UsageCharts.Read(api, ids.Now, new(StringComparer.Ordinal) { licence.LicenceId.ToString() }, null),
            Work = await api.Find<WorkDetail>("ShowWork", new { id = licence.WorkId }),
            Offer = await api.Find<WorkOffer>("ShowOffer", new { id = licence.OfferId }),
            IsBuyer = licence.Buyer == caller.Organisation,
            Now = ids.Now,
        });
    }

    public static async Task<IReadOnlyDictionary<WorkId, string>> Titles(Works works, IEnumerable<WorkId> ids, CancellationToken stop)
    {
        var titles = new Dictionary<WorkId, string>();
        foreach (var id in ids.Distinct())
        {
            titles[id] = (await works.Find(id, stop))?.Title ?? id.ToString();
        }

        return titles;
    }

    // Licences of one work look alike but for their price.
    private static async Task<IReadOnlyDictionary<OfferId, string>> Prices(PageApi api, IReadOnlyList<LicenceRow> licences)
    {
        var prices = new Dictionary<OfferId, string>();
        foreach (var id in licences.Select(l => l.OfferId).Distinct())
        {
            if (await api.Find<WorkOffer>("ShowOffer", new { id }) is { } offer)
            {
                prices[id] = offer.IsFree ? "free" : offer.Price.Text;
            }
        }

        return prices;
    }

    internal sealed record Sources(
        [FromServices] Purchases Purchases, [FromServices] Works Works, [FromServices] IdSource Ids, [FromServices] FoundationOptions Server);

    private sealed record Opened(string Status, string? CheckoutUrl = null);
}

/// <summary>Prepaid money.</summary>
public sealed record Wallet(
    Money Balance, Money Held, Money Available, Money Debt, Money RefundFee, IReadOnlyList<TopUp> TopUps,
    IReadOnlyList<WalletRefund> Refunds);

/// <summary>Money on its way back to the buyer's card.</summary>
public sealed record WalletRefund(
    WalletRefundId WalletRefundId, Money Amount, Money Refunded, string Status, string? Reason, DateTimeOffset RequestedAt);

/// <summary>A top-up.</summary>
public sealed record TopUp(TopUpId TopUpId, string Status, Money Amount, string? CheckoutUrl, DateTimeOffset CreatedAt);

/// <summary>A licence; the token only for its buyer, and only on its own page.</summary>
public sealed record LicenceRow(
    LicenceId LicenceId, OfferId OfferId, WorkId WorkId, OrganisationId? Buyer, OrganisationId Creator, string Pseudonym,
    string Status, string? StatusReason, DateTimeOffset NotBefore, DateTimeOffset Expires, long? MaxUses, string? Token)
{
    public string StateAt(DateTimeOffset now) => Status switch
    {
        "valid" => now >= Expires ? "expired" : "valid",
        // The status list of RFC drafts says invalid; people say revoked.
        "invalid" => "revoked",
        var other => other,
    };
}

/// <summary>Something bought once.</summary>
public sealed record PurchaseRow(
    WorkId? WorkId, string Title, Money Price, Money Refunded, string State, string? CheckoutUrl, DateTimeOffset CreatedAt,
    DateTimeOffset? RefundUntil);
