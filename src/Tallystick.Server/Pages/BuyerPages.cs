using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Pages.Parts;

namespace Tallystick.Server.Pages;

/// <summary>What a buyer holds: money, licences, purchases, usage, statements.</summary>
internal static class BuyerPages
{
    public const string TopUpForm = "top-up";
    public const string RefundForm = "refund";

    private const int PerPage = 50;
    private const int TopUpsPerPage = 20;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/buyer", (
            PageApi api, [AsParameters] Sources sources, [AsParameters] Cursors cursors, CancellationToken stop) =>
            Draw(api, sources, cursors, null, stop));
        pages.MapPost("/buyer/top-up", TopUp);
        pages.MapPost("/buyer/refund", Refund);
        // Where a refused form leaves the browser: loaded again, it is the page.
        pages.MapGet("/buyer/top-up", () => Page.SeeOther("/buyer"));
        pages.MapGet("/buyer/refund", () => Page.SeeOther("/buyer"));
        pages.MapGet("/licences/{jti}", ShowLicence);
    }

    private static async Task<IResult> Draw(
        PageApi api, Sources sources, Cursors cursors, FormError? error, CancellationToken stop)
    {
        var licences = await api.List<LicenceRow>("ListLicences", cursors.Licences, new { limit = PerPage });
        return Page.Of<BuyerView>(new
        {
            Wallet = await api.Read<Wallet>("ShowWallet"),
            TopUps = await api.List<TopUp>("ListTopUps", cursors.TopUps, new { limit = TopUpsPerPage }),
            Licences = licences,
            Titles = await sources.Works.Titles([.. licences.Items.Select(l => l.WorkId).Distinct()], stop),
            Prices = await Prices(sources.Offers, licences.Items, stop),
            Purchases = await api.List<PurchaseRow>("ListPurchases", cursors.Purchases, new { limit = PerPage }),
            Usage = await UsageCharts.Read(api, sources.Ids.Now, "buyer"),
            Statements = await StatementPages.Of(api, "buyer", cursors.Statements),
            Key = sources.Ids.New<RequestId>().ToString(),
            sources.Ids.Now,
            Error = error,
        }, error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IResult> TopUp(
        [FromForm] string? amount, [FromForm] string? key, PageApi api, [AsParameters] Sources sources, CancellationToken stop)
    {
        if (Dollars(amount) is not { } money)
        {
            return await Draw(api, sources, new(), NoAmount(TopUpForm, amount), stop);
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
            : await Draw(api, sources, new(), FormError.Of(TopUpForm, refusal, amount), stop);
    }

    private static async Task<IResult> Refund(
        [FromForm] string? amount, [FromForm] string? key, PageApi api, [AsParameters] Sources sources, CancellationToken stop) =>
        Dollars(amount) is not { } money
            ? await Draw(api, sources, new(), NoAmount(RefundForm, amount), stop)
            : (await api.Try<WalletRefund>("RefundWallet", body: new { amount = money }, idempotencyKey: key))
                .Succeeded(out _, out var refusal)
                ? Page.SeeOther("/buyer#wallet")
                : await Draw(api, sources, new(), FormError.Of(RefundForm, refusal, amount), stop);

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
        var isBuyer = licence.Buyer == caller.Organisation;
        var role = isBuyer ? "buyer" : licence.Creator == caller.Organisation ? "creator" : null;
        return Page.Of<LicenceView>(new
        {
            Licence = licence,
            Usage = await UsageCharts.Read(api, ids.Now, role, licence.LicenceId),
            Work = await api.Find<WorkDetail>("ShowWork", new { id = licence.WorkId }),
            Offer = await api.Find<WorkOffer>("ShowOffer", new { id = licence.OfferId }),
            IsBuyer = isBuyer,
            Now = ids.Now,
        });
    }

    // Licences of one work look alike but for their price.
    private static async Task<IReadOnlyDictionary<OfferId, string>> Prices(
        Offers offers, IReadOnlyList<LicenceRow> licences, CancellationToken stop) =>
        (await offers.FindAll([.. licences.Select(l => l.OfferId).Distinct()], stop))
        .ToDictionary(o => o.OfferId, o => o.Price.Amount.Minor == 0 ? "free" : o.Price.ToString());

    /// <summary>Which part of each list is shown: what it begins after.</summary>
    internal sealed record Cursors
    {
        [FromQuery(Name = "top-ups")]
        public string? TopUps { get; init; }

        [FromQuery(Name = "licences")]
        public string? Licences { get; init; }

        [FromQuery(Name = "purchases")]
        public string? Purchases { get; init; }

        [FromQuery(Name = "statements")]
        public string? Statements { get; init; }
    }

    internal sealed record Sources(
        [FromServices] Works Works, [FromServices] Offers Offers, [FromServices] IdSource Ids, [FromServices] FoundationOptions Server);

    private sealed record Opened(string Status, string? CheckoutUrl = null);
}

/// <summary>Prepaid money.</summary>
public sealed record Wallet(
    Money Balance, Money Held, Money Available, Money Debt, Money RefundFee, IReadOnlyList<WalletRefund> Refunds);

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
    WorkId? WorkId, string Title, Money Price, Money Refunded, string Status, string? CheckoutUrl, DateTimeOffset CreatedAt,
    DateTimeOffset? RefundUntil);
