using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Demo.Steps;

/// <summary>Usage is sealed, billed, shared and paid out.</summary>
internal static class SettleUp
{
    public static async Task Run(World world, CancellationToken stop)
    {
        world.Screen.Doing("waiting until the gate has handed everything in");
        var metered = await Patience.For(
            "all usage to arrive", t => Metered(world, t), m => ArrivedWhole(world, m), stop);
        foreach (var (licence, uses) in world.Uses)
        {
            var (bytes, counted) = metered[licence];
            var (received, slack) = (world.Received[licence], world.OnTheWayMost.GetValueOrDefault(licence));
            world.Screen.Check(
                $"{Named(world, licence)}: both sides count the same bytes", bytes >= received && bytes <= received + slack,
                slack == 0
                    ? $"{bytes:#,0} flushed by the gate, {received:#,0} received"
                    : $"{bytes:#,0} flushed, {received:#,0} received, at most {slack:#,0} on their way when the connection broke");
            world.Screen.Check(
                $"{Named(world, licence)}: each file in each pass is one use", counted == uses, $"{counted} counted, {uses} made");
        }

        // Days pass, so that what the cards paid is available for transfers.
        await world.Stripe.Settle(stop);
        await Bill(world, stop);
    }

    /// <summary>Bytes and uses as the server has rolled them up.</summary>
    private static async Task<Dictionary<LicenceId, (long Bytes, long Uses)>> Metered(World world, CancellationToken stop)
    {
        var report = await world.Operator.Usage(new(world.Work, By: "day"), null, 2_000, stop);
        return report.Usage.GroupBy(u => u.LicenceId).ToDictionary(g => g.Key, g => (
            g.Where(u => u.Meter == "bytes_delivered").Sum(u => u.Quantity),
            g.Where(u => u.Meter == "segment_unlocked").Sum(u => u.Quantity)));
    }

    private static bool ArrivedWhole(World world, Dictionary<LicenceId, (long Bytes, long Uses)> metered) => world.Uses.All(
        u => metered.TryGetValue(u.Key, out var m) && m.Bytes >= world.Received[u.Key] && m.Uses >= u.Value);

    private static string Named(World world, LicenceId licence) =>
        licence == world.Training.LicenceId ? "Training, per shard"
        : licence == world.Bulk.LicenceId ? "Bulk, per MB"
        : licence == world.Leaked.LicenceId ? "Leaked licence" : "Paid once";

    /// <summary>
    /// The cut of a run is an instant, and what is sealed after it belongs to the next one. Seals go in the order of the
    /// gate's log, so when its last delivery has a receipt, everything has.
    /// </summary>
    private static Task<bool> LastIsSealed(World world, CancellationToken stop) => Patience.For(
        "the last seal",
        async t =>
        {
            try
            {
                return (await world.OnceBuyer.Client.UsageReceipts(world.LastRequest, t)).Count > 0;
            }
            catch (TallyProblemException notYet) when (notYet.Status is 404 or 409)
            {
                return false;
            }
        },
        there => there,
        stop);

    private static async Task Bill(World world, CancellationToken stop)
    {
        world.Screen.Doing("sealing");
        await LastIsSealed(world, stop);

        world.Screen.Doing("billing");
        var opened = await world.Operator.OpenBillingRun(TimeProvider.System.GetUtcNow(), stop);
        world.Run = await Patience.For(
            "the billing run", t => world.Operator.BillingRun(opened.BillingRunId, t), r => r.State == "closed", stop);
        world.Screen.Check(
            "The billing run agrees with itself and with the journal",
            world.Run.Differences.Count == 0 && world.Run.Result?["reconciled"]?.GetValue<bool>() == true,
            $"{world.Run.BillingRunId}: {world.Run.Seals} seals, {world.Run.Differences.Count} differences");

        world.Screen.Doing("paying out");
        world.Payouts = await Patience.For(
            "the payouts", async t => (await world.Operator.Payouts(null, t)).Items,
            all => all.Count >= world.Creators.Count && all.All(p => p.State == "paid" && p.ReceiptId is not null), stop);
        foreach (var payout in world.Payouts)
        {
            Screen.Say($"{world.Creators.First(c => c.Id == payout.OrganisationId).Name,-22} {payout.Amount,12} {payout.TransferId}");
        }
    }
}
