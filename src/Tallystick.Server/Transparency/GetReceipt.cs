using Microsoft.Net.Http.Headers;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Transparency;

/// <summary><c>GET /v1/receipts/{id}</c>: the receipt file, for the organisations it belongs to.</summary>
internal sealed class GetReceipt(FindReceipt find)
{
    public async Task<IResult> Handle(HttpContext context, Caller caller, string id, CancellationToken stop)
    {
        if (!ReceiptId.TryParse(id, null, out var receiptId))
        {
            return Problems.Invalid("id", "It is not a receipt id.").ToHttp();
        }

        var found = await find.ById(receiptId, stop);
        if (Refuse(caller, found) is { } refusal)
        {
            if (refusal.Type == TransparencyProblems.ReceiptPending)
            {
                context.Response.Headers[HeaderNames.RetryAfter] = "1";
            }

            return refusal.ToHttp();
        }

        context.Response.Headers[HeaderNames.CacheControl] = "private, no-store";
        context.Response.Headers[HeaderNames.ContentDisposition] = $"attachment; filename=\"{receiptId}.json\"";
        return Results.Json(((FoundReceipt.Published)found).Receipt.ToJson());
    }

    /// <summary>Null when this caller gets the receipt.</summary>
    internal static Refusal? Refuse(Caller caller, FoundReceipt found)
    {
        var (owners, kind) = found switch
        {
            FoundReceipt.Published p => (p.Owners, p.Receipt.Kind),
            FoundReceipt.Pending p => (p.Owners, p.Kind),
            FoundReceipt.Erased e => (e.Owners, e.Kind),
            _ => ([], default),
        };

        // Whether a receipt of someone else exists is nobody's business.
        if (!owners.Contains(caller.Organisation))
        {
            return Problems.NotFound.With("You have no receipt with this id.");
        }

        if (!caller.Scopes.Contains(ScopeFor(kind)))
        {
            return Problems.Forbidden.With($"The scope '{ScopeFor(kind)}' is needed.");
        }

        return found switch
        {
            FoundReceipt.Pending => TransparencyProblems.ReceiptPending.With("The next checkpoint will cover it."),
            FoundReceipt.Erased => TransparencyProblems.ReceiptErased.With("Opening and salt are gone."),
            _ => null,
        };
    }

    /// <summary>A receipt is as private as what it is about.</summary>
    internal static string ScopeFor(ReceiptKind kind) => kind switch
    {
        ReceiptKind.LicenceGranted or ReceiptKind.LicenceRenewed or ReceiptKind.LicenceRevoked or ReceiptKind.LicenceRestored => Scope.LicencesRead,
        ReceiptKind.UsageSealed => Scope.UsageRead,
        _ => Scope.StatementsRead,
    };
}
