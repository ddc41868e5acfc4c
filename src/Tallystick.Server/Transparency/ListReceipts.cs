using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Transparency;

/// <summary><c>GET /v1/receipts</c>: the caller's receipts, newest first, as far as the credentials' scopes reach.</summary>
internal sealed class ListReceipts(Database database)
{
    internal sealed record Request
    {
        /// <summary>Only this kind, spelt as in a leaf.</summary>
        [FromQuery(Name = "kind")]
        public string? Kind { get; init; }

        /// <summary>Only about this, for example a licence id.</summary>
        [FromQuery(Name = "subject")]
        public string? Subject { get; init; }

        /// <summary>The last id of the page before.</summary>
        [FromQuery(Name = "after")]
        public string? After { get; init; }

        /// <summary>Receipts on a page, 1 to 200; 50 when left out.</summary>
        [FromQuery(Name = "limit")]
        public int? Limit { get; init; }
    }

    /// <summary><c>LogIndex</c> is null until the entry has its place in the log.</summary>
    internal sealed record Item(ReceiptId Id, string Kind, string Subject, DateTimeOffset At, long? LogIndex);

    public async Task<Outcome<Page<Item>>> Handle(Caller caller, Request request, CancellationToken stop)
    {
        if (Check(request) is { Count: > 0 } errors)
        {
            return Problems.Invalid(errors);
        }

        var limit = request.Limit ?? 50;
        var rows = await database.Query<Item>(
            """
            select r.id, r.kind, r.subject_key as subject, r.at, e.log_index
            from transparency.receipt r left join transparency.entry e on e.receipt_id = r.id
            where r.owners @> array[@Organisation] and r.kind = any(@Kinds)
              and (@Subject::text is null or r.subject_key = @Subject)
              and (@After::uuid is null or r.id < @After)
            order by r.id desc limit @Most
            """,
            new
            {
                Organisation = caller.Organisation.Value,
                Kinds = Readable(caller, request.Kind),
                request.Subject,
                After = ReceiptId.TryParse(request.After, null, out var after) ? after.Value : (Guid?)null,
                Most = limit + 1,
            },
            stop);
        return Page<Item>.Of(rows, limit, r => r.Id.ToString());
    }

    private static string[] Readable(Caller caller, string? kind) =>
        [.. Enum.GetValues<ReceiptKind>()
            .Where(k => caller.Scopes.Contains(GetReceipt.ScopeFor(k)) && (kind is null || kind == k.Name()))
            .Select(k => k.Name())];

    private static Dictionary<string, string[]> Check(Request request)
    {
        var errors = new Dictionary<string, string[]>();
        if (request.Kind is { } kind && !ReceiptKinds.TryParse(kind, out _))
        {
            errors["kind"] = [$"One of {string.Join(", ", Enum.GetValues<ReceiptKind>().Select(k => k.Name()))}."];
        }

        if (request.Subject is { } subject && (subject.Length > 200 || subject.Any(char.IsControl)))
        {
            errors["subject"] = ["At most 200 printable characters."];
        }

        if (request.After is { } after && !ReceiptId.TryParse(after, null, out _))
        {
            errors["after"] = ["It is not a receipt id."];
        }

        if (request.Limit is < 1 or > PageQuery.LimitMost)
        {
            errors["limit"] = [$"1 to {PageQuery.LimitMost}."];
        }

        return errors;
    }
}
