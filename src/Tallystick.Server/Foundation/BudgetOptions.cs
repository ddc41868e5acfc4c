using System.ComponentModel.DataAnnotations;

namespace Tallystick.Server.Foundation;

/// <summary>
/// <c>Tally:Budgets</c>: what one organisation, or one network address without credentials, may cause. Generous for
/// honest use and far below what one machine bears, so that no single one of them fills it.
/// </summary>
internal sealed class BudgetOptions
{
    /// <summary>Checkouts (purchases, top-ups, payout accounts, refunds) of an organisation in a minute: each is work of the gateway.</summary>
    [Range(1, 1_000_000)]
    public int CheckoutsPerMinute { get; set; } = 120;

    /// <summary>Changes of an organisation in a minute that stand in the public log for ever: licences taken, renewed and revoked.</summary>
    [Range(1, 1_000_000)]
    public int LogEntriesPerMinute { get; set; } = 120;

    /// <summary>Works, versions and offers of an organisation in a minute: every gate is told of them, and keeps them.</summary>
    [Range(1, 1_000_000)]
    public int PublicationsPerMinute { get; set; } = 240;

    /// <summary>Bytes that an organisation uploads in a day.</summary>
    [Range(1, 1L << 50)]
    public long UploadBytesPerDay { get; set; } = 1L << 30;

    /// <summary>Changes of any kind by one organisation in a minute.</summary>
    [Range(1, 10_000_000)]
    public int ChangesPerMinute { get; set; } = 3_000;

    /// <summary>Requests without credentials from one address in a minute that are neither GET nor HEAD.</summary>
    [Range(1, 10_000_000)]
    public int AnonymousChangesPerMinute { get; set; } = 1_200;
}
