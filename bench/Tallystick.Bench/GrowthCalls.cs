using System.Globalization;
using Tallystick.Core.Ids;
using Tallystick.Server.Accounts;
using Tallystick.Server.Foundation;

namespace Tallystick.Bench;

/// <summary>
/// What must not cost more when others have more, and the others: growth.sql makes them. One tenant of its first works is looked at;
/// whatever is added later belongs to others.
/// </summary>
internal static class GrowthCalls
{
    public const string TenantKey = "tsk_tenant-of-a-growing-server-0123456789";

    private const int Tenant = 100;

    /// <summary>What is asked for, and by whom.</summary>
    public static IReadOnlyList<(string Who, string Path)> All { get; } =
    [
        // First, and at the head: a gate that is behind is the operator's to see, and longer to tell.
        ("gate", "/gate/v1/feed?after=1000000000"),
        ("nobody", "/"), ("nobody", "/?q=100"), ("nobody", $"/works/{Work}"), ("nobody", "/log"),
        ("nobody", "/v1/works"), ("nobody", $"/v1/works/{Work}"), ("nobody", $"/v1/works/{Work}/offers"), ("nobody", "/health/ready"),
        ("tenant", "/creator"), ("tenant", "/buyer"), ("tenant", "/account"), ("tenant", $"/statements/{Statement}"),
        ("tenant", $"/payouts/{Payout}"), ("tenant", $"/licences/{Licence}"), ("tenant", $"/requests/{Request}"),
        ("tenant", "/v1/usage"), ("tenant", "/v1/usage?by=day&as=creator"), ("tenant", "/v1/usage/totals?as=creator&by=day"),
        ("tenant", $"/v1/usage/totals?as=creator&by=day&work={Work}"), ("tenant", "/v1/works?mine=true"), ("tenant", "/v1/licences"),
        ("tenant", "/v1/licences?as=creator"), ("tenant", "/v1/statements"), ("tenant", $"/v1/statements/{Statement}"),
        ("tenant", "/v1/payouts"), ("tenant", $"/v1/payouts/{Payout}/trace"), ("tenant", "/v1/purchases"), ("tenant", "/v1/wallet"),
        ("tenant", "/v1/receipts"), ("tenant", "/v1/royalty-invitations?as=creator"), ("tenant", $"/v1/requests/{Request}/trace"),
        ("operator", "/operator"), ("operator", "/operator/set-aside"),
        ("operator", "/v1/usage/totals?by=day"), ("operator", "/v1/payouts"), ("operator", "/v1/set-aside"), ("operator", "/v1/billing-runs"),
        ("operator", "/v1/webhooks/inbound"), ("operator", "/v1/journal/transactions"), ("operator", "/metrics"),
    ];

    private static WorkId Work => new(Id(0x0002, Tenant));

    private static StatementId Statement => new(Id(0x000f, Tenant));

    private static PayoutId Payout => new(Id(0x000e, Tenant));

    private static LicenceId Licence => new(Id(0x0007, Tenant * 10));

    private static RequestId Request => new(Id(0x000a, Tenant * 100));

    /// <summary>Works so and so of others, and all that belongs to them.</summary>
    public static async Task<string> Sql(int from, int to)
    {
        await using var stream = typeof(GrowthCalls).Assembly.GetManifestResourceStream("growth.sql")!;
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync())
            .Replace("{From}", from.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{To}", to.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    /// <summary>Gives the tenant, who came with the first works, a key.</summary>
    public static Task LetTenantIn(Tx tx) => tx.Execute(
        """
        insert into accounts.api_key (id, organisation_id, name, secret_sha256, scopes, created_at)
        values (@Organisation, @Organisation, 'growth', @Hash, @Scopes, now())
        """,
        new
        {
            Organisation = Id(0x0001, Tenant),
            Hash = Account.Sha256(TenantKey),
            Scopes = Scope.All.Where(s => s != Scope.Operate).ToArray(),
        });

    /// <summary>The same id as in growth.sql.</summary>
    private static Guid Id(int kind, long number) => Guid.ParseExact($"0193{kind:x4}-0000-7000-8000-{number:x12}", "D");
}
