using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering.Contracts;

/// <summary>
/// What gates were granted, answered by the module that leases: usage is compared with it before it counts. A licence's meter
/// needs a lease when it costs money or the licence limits it; everything else is delivered without one.
/// </summary>
/// <param name="Speaking">
/// Why a caller may not report under a gate's epoch: it was never issued, or the epoch's token was not shown. Null when it may.
/// A refusal is to be committed.
/// </param>
/// <param name="LastEpoch">The newest epoch that was issued to a gate, 0 for none.</param>
/// <param name="Granted">What a gate's epoch was granted in total, per licence and meter; one that was granted nothing is missing.</param>
/// <param name="Cover">
/// Usage counts that no lease covered, because the operator accepted it: raises what the epoch was granted to this total, and
/// with it the licence's hold on its wallet, so that it is paid like everything else that was delivered.
/// </param>
internal sealed record UsageGrants(
    Func<Tx, GateId, long, string?, Task<Refusal?>> Speaking,
    Func<Tx, GateId, Task<long>> LastEpoch,
    Func<Tx, GateId, long, IReadOnlyCollection<(LicenceId Licence, Meter Meter)>,
        Task<IReadOnlyDictionary<(LicenceId Licence, Meter Meter), long>>> Granted,
    Func<Tx, GateId, long, LicenceId, Meter, long, Task> Cover);
