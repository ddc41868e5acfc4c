using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>What the operator is told of gates. The subject is the gate's name.</summary>
internal static class GateCases
{
    public const string NotReady = "access.gate_not_ready";
    public const string SecondProcess = "access.gate_second_process";
    public const string EventsRefused = "access.gate_events_refused";

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
            "A second process showed a gate's secret and was given no epoch, because the gate lives.",
            "If it was started by mistake, stop it or give it a secret of its own. If nobody started it, the secret is known to others: "
            + "set another one here and at the gate.",
            [SetAsideAction.Dismiss()]))
        .AddSetAsideKind(new(
            EventsRefused,
            "Events of a gate were refused one by one and are not billed.",
            "They lie in set-aside.jsonl in the gate's data folder, each with the status it was refused with; in their places stand "
            + "events without a licence. Find out why this server refuses what its gate wrote.",
            [SetAsideAction.Dismiss()]));
}
