using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Pages;

/// <summary>A statement, to read and to print: each line leads to the seals and log entries behind it.</summary>
internal static class StatementPages
{
    private const int LinesPerPage = 200;
    private const int PerPage = 24;

    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/statements/{id}", async (
        string id, PageApi api, FoundationOptions server, long? after) => Page.Of<StatementView>(new
        {
            Statement = await api.Read<StatementDetail>("ShowStatement", new { id, after = after ?? 0, limit = LinesPerPage }),
            // Only its owner is shown a statement.
            Owner = await api.Read<OrganisationCard>("ShowOrganisation"),
            Issuer = new Uri(server.PublicUrl).Authority,
        }));

    /// <summary>Statements of one role, newest first.</summary>
    public static Task<Listed<StatementRow>> Of(PageApi api, string role, string? after) =>
        api.List<StatementRow>("ListStatements", after, new { role, limit = PerPage });
}

/// <summary>A statement without its lines.</summary>
public sealed record StatementRow(
    StatementId StatementId, BillingRunId BillingRunId, string Role, DateTimeOffset UpTo, DateTimeOffset IssuedAt,
    int LineCount, Money Gross, Money Fee, Money Total, Money HeldBack, string LinesSha256, ReceiptId ReceiptId);

/// <summary>A statement with a page of its lines.</summary>
public sealed record StatementDetail(StatementRow Statement, long? LogIndex, IReadOnlyList<StatementLineRow> Lines, long? Next);

/// <summary>A charge as its reader may see it.</summary>
public sealed record StatementLineRow(
    long LineId, WorkId WorkId, string Title, LicenceId? LicenceId, string? Buyer, PurchaseId? PurchaseId, string Meter,
    long Quantity, Money Gross, Money Fee, Money Amount, Money HeldBack, int RuleVersion, string CarryBefore,
    string CarryAfter, IReadOnlyList<SealRow> Seals);

/// <summary>A seal and its place in the log.</summary>
public sealed record SealRow(SealId SealId, long? LogIndex);
