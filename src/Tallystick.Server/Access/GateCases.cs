using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>What the operator is told of gates. The subject is the gate's name.</summary>
internal static class GateCases
{
    public const string NotReady = "access.gate_not_ready";
    public const string SecondProcess = "access.gate_second_process";
    public const string EventsRefused = "access.gate_events_refused";
    public const string GrantedMost = "access.gate_granted_most";
    public const string EventsLost = "access.gate_events_lost";

    /// <summary>A gate that is not ready for so long does not become so by itself.</summary>
    public static readonly TimeSpan After = TimeSpan.FromSeconds(30);

    public static void AddGateCases(this IServiceCollection services) => services
        .AddSetAsideKind(new(
            NotReady,
            "A gate is not ready and says why.",
            "Mend what the reason names at the gate; while it lasts, usage may wait there. It ends by itself when the gate is ready.",
            []))
        .AddSetAsideKind(new(
            SecondProcess,
            "A second process showed a gate's secret and wants to be that gate.",
            "If it was started by mistake, stop it or give it a secret of its own. If nobody started it, the secret is known to others: "
            + "set another one here and at the gate, and start both again. It could take nothing while the gate lives; after 90 seconds of "
            + "the gate's silence it could, so look at what was leased and reported since the gate went away.",
            [SetAsideAction.Dismiss()]))
        .AddSetAsideKind(new(
            EventsRefused,
            "Events of a gate were refused one by one and are not billed.",
            "They lie in set-aside.jsonl in the gate's data folder, each with the status it was refused with; in their places stand "
            + "events without a licence. Find out why this server refuses what its gate wrote.",
            [SetAsideAction.Dismiss()]))
        .AddSetAsideKind(new(
            GrantedMost,
            "A gate was granted as much money as it may be in an hour.",
            "Until the hour is over it is granted nothing. If it is busy, raise Access:GrantedPerHourMost. If it cannot have delivered so "
            + "much, its place was taken: set another secret here and at the gate, and look at what was reported.",
            [SetAsideAction.Dismiss()]))
        .AddSetAsideKind(new(
            EventsLost,
            "Usage that a gate had handed in was lost with what a restore took away.",
            "The gate keeps only what was not acknowledged, so these events are billed to nobody, and it goes on with the rest. A newer "
            + "backup may hold them: before the next billing run it can be restored instead of this one.",
            [SetAsideAction.Dismiss()]));
}
