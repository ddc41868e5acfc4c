using Tallystick.Gate.Delivery;
using Tallystick.Gate.Feed;
using Tallystick.Gate.Metering;
using Tallystick.Hosting.Listening;

namespace Tallystick.Gate;

/// <summary>
/// Why this gate should get no requests now: the one list that supervisors, the server and its operator are told. Being cut
/// off is not on it before its time is over: a gate is made to go on alone.
/// </summary>
internal sealed class GateReadiness(LocalLog log, GateLink link, UsageUploader uploader, ContentFaults faults, Stopping stopping)
{
    public IReadOnlyList<string> Reasons()
    {
        var reasons = new List<string>();
        Add(reasons, stopping.HasBegun, "it is stopping");
        Add(reasons, link.IsHeldElsewhere, "another process with this gate's secret holds its epoch, and lives");
        Add(reasons, !link.HasEpoch && !link.IsHeldElsewhere, "no epoch yet: the server was never reached");
        Add(reasons, link.IsFenced, "fenced: another process took this gate's epoch; nothing is leased any more");
        if (link.Need is { IsSendable: false } need && !link.IsHeldElsewhere)
        {
            reasons.Add($"another epoch is asked for: {need.Why}");
        }

        Add(reasons, log.Writer.Failure is not null, "the log cannot be written");
        Add(reasons, log.Writer.IsFull, "the log has no space");
        Add(reasons, link.IsCutOffTooLong, "cut off for longer than the policy allows");
        if (link.IsBehind)
        {
            reasons.Add("the feed has not come to its head yet" + (link.AnewBecause is { } why ? $": {why}" : ""));
        }

        if (uploader.Stuck is { } stuck)
        {
            reasons.Add($"usage is not taken: {stuck}");
        }

        if (faults.Reason is { } fault)
        {
            reasons.Add(fault);
        }

        return reasons;
    }

    public long EventsWaiting
    {
        get
        {
            lock (log.Sync)
            {
                return log.State.NextSeq - 1 - log.State.AcknowledgedSeq;
            }
        }
    }

    private static void Add(List<string> to, bool holds, string reason)
    {
        if (holds)
        {
            to.Add(reason);
        }
    }
}
