using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payouts;

/// <summary>How many payouts stand where they should not stay.</summary>
internal sealed class PayoutGauges(Database database)
{
    private static readonly string[] NotPaid = ["queued", "sending", "unknown", "failed", "blocked", "set_aside"];

    public async Task<IReadOnlyList<Gauge>> Read(CancellationToken stop)
    {
        var counts = (await database.Query<(string State, long Count)>(
            "select state, count(*) from payouts.payout where state not in ('paid', 'netted', 'reversed') group by state", null, stop))
            .ToDictionary(c => c.State, c => c.Count, StringComparer.Ordinal);
        return [.. NotPaid.Select(state => new Gauge("tally_payouts", counts.GetValueOrDefault(state), "state", state))];
    }
}
