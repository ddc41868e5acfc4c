using System.Globalization;
using Microsoft.Extensions.Primitives;
using Tallystick.Core.Access;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Gate.Credentials;
using Tallystick.Gate.Credit;
using Tallystick.Gate.Feed;
using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// GET or HEAD of a file. 1. Credential → what it says. 2. Scope, time, status. 3. Conditions and range. 4. Quantities are set
/// aside, from a lease if they are limited. 5. Content, checked, delivered and charged (<see cref="DeliverContent"/>). Up to there
/// nothing is charged and every answer is a refusal that says why.
/// </summary>
internal sealed class DeliverFile(
    Catalog catalog, TokenCache tokens, LeaseBroker leases, DeliverContent content, DeliverFile.Surroundings around)
{
    private static readonly StringValues AcceptRanges = "bytes";
    private static readonly StringValues CacheControl = "private, no-cache";

    /// <summary>What a request is judged in.</summary>
    internal sealed record Surroundings(
        GateLink Link, GateClock Clock, LocalLog Log, UsesElsewhere Elsewhere, RefuseAccess Refuse, GateMetrics Metrics, GateOptions Options)
    {
        public int PassesMost { get; } = Options.PassesMost;
    }

    public Task Handle(HttpContext context, FileEntry file)
    {
        var isHead = Methods.IsHead(context.Request.Method);
        if (!isHead && !Methods.IsGet(context.Request.Method))
        {
            return around.Refuse.Method(context);
        }

        if (around.Link.IsBehind)
        {
            // Before the credential is read: its key, its revocation or the offers may be what has not come yet.
            return around.Refuse.Behind(context);
        }

        var plan = new DeliveryPlan { File = file, NowMs = around.Clock.NowMs };
        var verdict = Judge(context.Request, ref plan);
        if (verdict != AccessVerdict.Allow)
        {
            return around.Refuse.Answer(context, verdict, file, plan.Token);
        }

        if (!TryResolve(context.Request.Headers, isHead, ref plan))
        {
            return around.Refuse.Pass(context);
        }

        if (plan.Status is StatusCodes.Status304NotModified or StatusCodes.Status412PreconditionFailed or
            StatusCodes.Status416RangeNotSatisfiable || isHead || plan.Length == 0)
        {
            return AnswerWithoutBytes(context, plan);
        }

        // 4
        if (!around.Log.AcceptsDeliveries)
        {
            return around.Refuse.Answer(context, AccessVerdict.CannotMeter, file, plan.Token);
        }

        if (!plan.Account.MayOpen(plan.Pass, plan.NowMs, around.PassesMost))
        {
            return around.Refuse.Passes(context, plan.NowMs);
        }

        var first = Math.Min(plan.Length, DeliverBody.ReserveBytes);
        return Renewed(plan) && plan.Account.TryBegin(plan.Rule, plan.Use, first) == Reserved.Done
            ? content.Handle(context, plan, first)
            : LeaseAndDeliver(context, plan, first);
    }

    /// <summary>Says what the answer to a file is, before its first byte.</summary>
    internal static void WriteHead(HttpContext context, in DeliveryPlan plan, RequestId? request = null)
    {
        var response = context.Response;
        var headers = response.Headers;
        response.StatusCode = plan.Status;
        headers.ETag = plan.File.ETag;
        headers.LastModified = plan.File.LastModified;
        headers.AcceptRanges = AcceptRanges;
        headers.CacheControl = CacheControl;
        headers.ContentType = plan.Framing is { } several ? several.ContentType : plan.File.ContentType;
        headers.ContentDisposition = plan.File.Disposition;
        response.ContentLength = plan.Length + (plan.Framing?.Bytes ?? 0);
        if (request is { } id)
        {
            // What the buyer's receipts and traces are asked for by.
            headers[RequestIds.Header] = id.ToString();
        }

        if (plan.Status == StatusCodes.Status206PartialContent && plan.Framing is null)
        {
            headers.ContentRange = string.Create(
                CultureInfo.InvariantCulture,
                $"bytes {plan.Offset}-{plan.Offset + plan.Length - 1}/{plan.File.SizeBytes}");
        }

        Cors.Allow(context);
    }

    // 1, 2
    private AccessVerdict Judge(HttpRequest request, ref DeliveryPlan plan)
    {
        var headers = request.Headers;
        var authorization = headers.Authorization;
        var isLink = LinkToken.TryRead(request, out var inUrl);
        if (authorization.Count + (isLink ? 1 : 0) != 1 || (isLink && inUrl is null))
        {
            // Nothing at all, or more than one credential (RFC 6750, 2).
            return authorization.Count == 0 && !isLink ? AccessVerdict.NoCredential : AccessVerdict.TokenNotValid;
        }

        var answer = tokens.Find(inUrl ?? authorization[0]!);
        if (answer.Token is not { } token)
        {
            return AccessRules.Judge(answer.Fault);
        }

        plan.Token = token;
        if (isLink && token.Facts.Kind != TokenKind.Link)
        {
            return AccessVerdict.NotForUrls;
        }

        if (token.Facts.Path is { } path && path != request.Path.Value)
        {
            return AccessVerdict.WrongFile;
        }

        var declared = headers[RefuseAccess.UseHeader];
        var verdict = AccessRules.Judge(
            token.Facts, plan.File.WorkId, catalog.StatusOf(token.Facts.LicenceId), declared.Count == 0 ? null : declared.ToString(),
            plan.NowMs / 1_000);
        if (verdict != AccessVerdict.Allow)
        {
            return verdict;
        }

        if (around.Link.IsCutOffTooLong)
        {
            return AccessVerdict.CutOffTooLong;
        }

        token.Rule ??= catalog.TryOffer(token.Facts.OfferId, out var offer)
            ? ChargeRule.For(offer.Price, token.Facts.MaxUses)
            : null;
        if (token.Rule is not { } rule)
        {
            return AccessVerdict.OfferUnknown;
        }

        plan.Rule = rule;
        token.Account.LastUsed = around.Clock.Ticks;
        return rule.Served ? AccessVerdict.Allow : AccessVerdict.MeterNotServed;
    }

    // 3
    private static bool TryResolve(IHeaderDictionary headers, bool isHead, ref DeliveryPlan plan)
    {
        var named = headers[Pass.Header];
        if (named.Count > 1 || (named.Count == 1 && named[0]!.Length is 0 or > Pass.CharactersMost))
        {
            return false;
        }

        plan.Pass = named.Count == 1 ? Pass.Named(named[0]!) : Pass.OfDay(plan.NowMs);
        plan.Status = Preconditions.Evaluate(headers, plan.File);
        plan.Length = plan.File.SizeBytes;
        var asked = headers.Range;
        // A range is defined for GET alone (RFC 9110, 14.2).
        if (plan.Status != StatusCodes.Status200OK || isHead || asked.Count == 0 || !Preconditions.RangeApplies(headers, plan.File))
        {
            return true;
        }

        var range = ByteRange.Resolve(asked.ToString(), plan.File.SizeBytes);
        (plan.Offset, plan.Length, plan.Parts) = (range.Offset, range.Length, range.Parts);
        plan.RangeIsValid = range.Kind != RangeKind.NotValid;
        plan.Status = range.Kind switch
        {
            RangeKind.Whole => StatusCodes.Status200OK,
            RangeKind.Part or RangeKind.Parts => StatusCodes.Status206PartialContent,
            _ => StatusCodes.Status416RangeNotSatisfiable,
        };
        if (range.Parts is not null)
        {
            plan.Framing = new(range.Parts, plan.File.ContentType[0]!, plan.File.SizeBytes);
        }

        return true;
    }

    private Task AnswerWithoutBytes(HttpContext context, in DeliveryPlan plan)
    {
        switch (plan.Status)
        {
            case StatusCodes.Status304NotModified:
                context.Response.StatusCode = plan.Status;
                context.Response.Headers.ETag = plan.File.ETag;
                context.Response.Headers.LastModified = plan.File.LastModified;
                context.Response.Headers.CacheControl = CacheControl;
                Cors.Allow(context);
                return Task.CompletedTask;
            case StatusCodes.Status412PreconditionFailed:
                return around.Refuse.Precondition(context);
            case StatusCodes.Status416RangeNotSatisfiable:
                return around.Refuse.Range(context, plan.File.SizeBytes, plan.RangeIsValid);
            default:
                WriteHead(context, plan);
                return Task.CompletedTask;
        }
    }

    private bool Renewed(in DeliveryPlan plan) =>
        !(plan.Rule.Bytes && leases.MustRenew(plan.Account.Bytes)) && !(plan.Rule.Uses && leases.MustRenew(plan.Account.Uses));

    private async Task LeaseAndDeliver(HttpContext context, DeliveryPlan plan, long first)
    {
        var account = plan.Account;
        var askedElsewhere = false;
        await Renew(context, plan);
        for (var asked = 0; ; asked++)
        {
            var result = account.TryBegin(plan.Rule, plan.Use, first);
            if (result == Reserved.Done)
            {
                break;
            }

            var asker = result == Reserved.BytesShort ? account.Bytes : account.Uses;
            if (result == Reserved.UsesShort && !askedElsewhere && AccessRules.Judge(asker.Exhausted) is AccessVerdict.UsesExhausted or AccessVerdict.WalletEmpty)
            {
                askedElsewhere = true;
                if (await around.Elsewhere.WasCounted(account, plan.Use, context.RequestAborted))
                {
                    continue;
                }
            }

            if (asked >= LeaseBroker.AsksMost)
            {
                await around.Refuse.Answer(context, AccessRules.Judge(asker.Exhausted), plan.File, plan.Token);
                return;
            }

            await leases.Ask(account, asker, result == Reserved.BytesShort ? plan.Length : 1, context.RequestAborted);
        }

        if (plan.Rule.Bytes && account.Bytes.Exhausted is { } end && plan.Length - first > account.AvailableBytes)
        {
            // The rest is known not to be covered: better to say so than to break off.
            account.End(plan.Rule, plan.Use, first);
            await around.Refuse.Answer(context, AccessRules.Judge(end), plan.File, plan.Token);
            return;
        }

        await content.Handle(context, plan, first);
    }

    // Whatever comes of it, what is leased may be delivered: a server that does not answer is being cut off.
    private async Task Renew(HttpContext context, DeliveryPlan plan)
    {
        foreach (var (limited, asker) in ((bool, LeaseAsker)[])
            [(plan.Rule.Bytes, plan.Account.Bytes), (plan.Rule.Uses, plan.Account.Uses)])
        {
            if (limited && leases.MustRenew(asker))
            {
                await leases.Renew(plan.Account, asker, 0, context.RequestAborted);
            }
        }
    }
}
