using System.Globalization;
using Microsoft.Extensions.Primitives;
using Tallystick.Core.Access;
using Tallystick.Core.Gates;
using Tallystick.Core.Json;
using Tallystick.Gate.Credentials;
using Tallystick.Gate.Feed;
using Tallystick.Hosting;

namespace Tallystick.Gate.Delivery;

/// <summary>Says no, why, and what to do: problem+json for programs, a page for people who came with a browser.</summary>
internal sealed class RefuseAccess(Catalog catalog, GateOptions options, GateMetrics metrics)
{
    public const string UseHeader = "Tally-Use";
    private const int OffersMost = 20;

    /// <summary>The refusal of a verdict.</summary>
    public Task Answer(HttpContext context, AccessVerdict verdict, FileEntry file, VerifiedToken? token)
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal) { ["work_id"] = file.WorkId.ToString() };
        var refusal = Describe(verdict, context, token, members);
        metrics.Refusals.Add(1, new KeyValuePair<string, object?>("why", refusal.Type.Slug));
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        if (refusal.Type.Status == StatusCodes.Status503ServiceUnavailable)
        {
            headers.RetryAfter = "2";
        }

        if (refusal.Type.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden)
        {
            // RFC 6750, 3.1
            var error = refusal.Type.Status == StatusCodes.Status401Unauthorized ? "invalid_token" : "insufficient_scope";
            var bearer = $"Bearer realm=\"tallystick\", error=\"{error}\", error_description=\"{refusal.Type.Title}\"";
            // Named only to whoever uses it: a browser would ask its person for a password.
            headers.WWWAuthenticate = TokenCache.IsBasic(context.Request.Headers.Authorization)
                ? new StringValues([bearer, "Basic realm=\"tallystick\", charset=\"UTF-8\""])
                : bearer;
        }

        if (verdict is AccessVerdict.NoCredential or AccessVerdict.UsesExhausted or AccessVerdict.WalletEmpty)
        {
            var offers = catalog.OnSale(file.WorkId).Take(OffersMost).ToList();
            members["title"] = refusal.Type.Title;
            members["work_title"] = catalog.TryWork(file.WorkId, out var work) ? work.Title : null;
            members["offers"] = offers.Select(Offer).ToList();
            headers.Link = string.Join(", ", offers.Select(o => $"<{o.BuyUrl}>; rel=\"payment\""));
            Cors.Allow(context);
            return PrefersHtml(context.Request)
                ? OfferPage.Write(context, refusal, work?.Title ?? "This work", offers, members)
                : Write(context, refusal, members);
        }

        return Write(context, refusal, members);
    }

    public Task Method(HttpContext context)
    {
        context.Response.Headers.Allow = "GET, HEAD, OPTIONS";
        return Write(context, GateProblems.MethodNotAllowed.With($"{context.Request.Method} is not one of them."), null);
    }

    public Task Pass(HttpContext context) => Write(
        context, Problems.Invalid(Delivery.Pass.Header, $"must be one value of 1 to {Delivery.Pass.CharactersMost} characters."), null);

    public Task Page(HttpContext context) => Write(
        context, Problems.Invalid("limit", "is from 1 to 10000, and goes with 'after', the path that the page before ended with."), null);

    public Task Precondition(HttpContext context) => Write(
        context, GateProblems.PreconditionFailed.With("The file has another entity tag, or was modified later."), null);

    public Task Range(HttpContext context, long size, bool isValid)
    {
        context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
        return Write(context, (isValid ? GateProblems.RangeNotSatisfiable : GateProblems.RangeNotValid).With($"The file has {size} bytes."), null);
    }

    /// <summary>
    /// A body that nobody reads is where two hosts may disagree on where the next request begins (RFC 9110, 9.3.1), above all one of
    /// a length that is written in another way: nothing after it is taken.
    /// </summary>
    public Task Content(HttpContext context)
    {
        AnswerHeaders.Set(context);
        context.Response.Headers.Connection = "close";
        return Write(context, GateProblems.ContentNotTaken.With("It came with a body."), null);
    }

    public Task ContentMissing(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "5";
        return Write(context, GateProblems.ContentMissing.With("The blob could not be read."), null);
    }

    /// <summary>The content or the log failed before anything was sent.</summary>
    public Task Failed(HttpContext context, Exception failure)
    {
        if (failure is not OperationCanceledException)
        {
            return ContentMissing(context);
        }

        context.Abort();
        return Task.CompletedTask;
    }

    public Task Passes(HttpContext context, long nowMs)
    {
        const long dayMs = 86_400_000;
        metrics.Refusals.Add(1, new KeyValuePair<string, object?>("why", GateProblems.TooManyPasses.Slug));
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.RetryAfter = ((dayMs - (nowMs % dayMs) + 999) / 1_000).ToString(CultureInfo.InvariantCulture);
        return Write(
            context, GateProblems.TooManyPasses.With($"{options.PassesMost} passes were opened since midnight (UTC)."), null);
    }

    public Task Behind(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "2";
        context.Response.Headers.CacheControl = "no-store";
        return Write(context, GateProblems.FeedBehind.With("The feed of its server has not come to its head."), null);
    }

    public Task NotFound(HttpContext context) => Write(
        context, Problems.NotFound.With("No published work has this file."), null);

    private static object Offer(FeedOffer offer) => new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        ["offer_id"] = offer.OfferId.ToString(),
        ["summary"] = offer.Summary,
        ["price"] = TallyJson.ToNode(offer.Price),
        ["price_text"] = offer.Price.ToString(),
        ["terms"] = TallyJson.ToNode(offer.Terms),
        ["buy_url"] = offer.BuyUrl,
    };

    /// <summary>A page is wanted rather than JSON.</summary>
    public static bool PrefersHtml(HttpRequest request)
    {
        // The first of the two that is named wins; browsers name text/html first, programs do not name it.
        var accept = request.Headers.Accept.ToString();
        var html = accept.IndexOf("text/html", StringComparison.OrdinalIgnoreCase);
        var json = accept.IndexOf("json", StringComparison.OrdinalIgnoreCase);
        return html >= 0 && (json < 0 || html < json);
    }

    private static Task Write(HttpContext context, Refusal refusal, Dictionary<string, object?>? members)
    {
        Cors.Allow(context);
        var all = new Dictionary<string, object?>(members ?? [], StringComparer.Ordinal);
        all.Remove("title");
        foreach (var (name, value) in refusal.Extensions ?? new Dictionary<string, object?>())
        {
            all[name] = value;
        }

        return (refusal with { Extensions = all }).ToHttp().ExecuteAsync(context);
    }

    private Refusal Describe(
        AccessVerdict verdict, HttpContext context, VerifiedToken? token, Dictionary<string, object?> members)
    {
        var facts = token?.Facts;
        if (facts is not null)
        {
            members["licence_id"] = facts.LicenceId.ToString();
        }

        switch (verdict)
        {
            case AccessVerdict.NoCredential:
                return GateProblems.LicenceRequired.With("No licence was sent.");
            case AccessVerdict.Expired:
                members["expired_at"] = Time(facts!.Expires);
                return GateProblems.LicenceExpired.With($"It expired at {members["expired_at"]}.");
            case AccessVerdict.NotYetValid:
                members["not_before"] = Time(facts!.NotBefore);
                return GateProblems.LicenceNotYetValid.With($"It is valid from {members["not_before"]}.");
            case AccessVerdict.Revoked:
                return GateProblems.LicenceRevoked.With(catalog.ReasonOf(facts!.LicenceId) ?? "No reason was given.");
            case AccessVerdict.Suspended:
                return GateProblems.LicenceSuspended.With(
                    catalog.ReasonOf(facts!.LicenceId) ?? token!.Account.Bytes.Exhausted ?? "The server grants nothing under it.");
            case AccessVerdict.WrongWork:
                members["licence_work_id"] = facts!.WorkId.ToString();
                return GateProblems.LicenceWrongWork.With($"It is for {facts.WorkId}.");
            case AccessVerdict.ScopeNotGranted:
                members["rights_scope"] = facts!.RightsScope;
                return GateProblems.ScopeNotGranted.With(Scope(context, facts.RightsScope));
            case AccessVerdict.WalletEmpty:
                members["top_up_url"] = TopUpUrl(token!);
                return GateProblems.WalletEmpty.With("The balance that is not yet reserved is too small for this request.");
            default:
                return Plain(verdict);
        }
    }

    private static Refusal Plain(AccessVerdict verdict) => verdict switch
    {
        AccessVerdict.TokenNotValid => GateProblems.LicenceNotValid.With(
            "It is no compact JWS of type license+jwt, at+jwt or link+jwt with a valid ES256 signature and our claims."),
        AccessVerdict.KeyUnknown => GateProblems.LicenceKeyUnknown.With("Its kid is not among the keys of the feed."),
        AccessVerdict.HolderKeyNeeded => GateProblems.HolderKeyNeeded.With("It carries a 'cnf' claim."),
        AccessVerdict.WrongFile => GateProblems.LinkWrongFile.With("It was made for another path."),
        AccessVerdict.NotForUrls => GateProblems.NotForUrls.With("It opens more than one file."),
        AccessVerdict.UsesExhausted => GateProblems.UsesExhausted.With("No use is left for a new pass or unit."),
        AccessVerdict.MeterNotServed => GateProblems.MeterNotServed.With("A gate counts bytes, and uses of files."),
        AccessVerdict.OfferUnknown => GateProblems.OfferUnknown.With("The feed has not brought the offer."),
        AccessVerdict.CreditUnreachable => GateProblems.CreditUnreachable.With("The server did not grant a lease in time."),
        AccessVerdict.CutOffTooLong => GateProblems.CutOffTooLong.With("Revocations do not reach it, so nothing is delivered."),
        AccessVerdict.CannotMeter => GateProblems.CannotMeter.With("Its log takes no records."),
        _ => throw new InvalidOperationException($"{verdict} is no refusal."),
    };

    private static string Scope(HttpContext context, IReadOnlyList<string> granted)
    {
        var scopes = granted.Count == 0 ? "no use at all" : string.Join(", ", granted);
        return context.Request.Headers[UseHeader].Count == 0
            ? $"It grants {scopes}."
            : $"The declared use is not granted; it grants {scopes}.";
    }

    private string TopUpUrl(VerifiedToken token) => options.TopUpUrl ??
        (catalog.TryOffer(token.Facts.OfferId, out var offer) && Uri.TryCreate(offer.BuyUrl, UriKind.Absolute, out var buy)
            ? new Uri(buy, "/wallet").ToString()
            : $"{options.ServerUrl}/wallet");

    private static string Time(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
