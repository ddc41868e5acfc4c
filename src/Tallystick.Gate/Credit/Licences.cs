using System.Collections.Concurrent;
using Tallystick.Core.Ids;
using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Credit;

/// <summary>The licences that this gate has seen, each once.</summary>
internal sealed class Licences(LocalLog log)
{
    private readonly ConcurrentDictionary<LicenceId, LicenceAccount> _accounts = new();

    public ICollection<LicenceAccount> All => _accounts.Values;

    public LicenceAccount Of(LicenceId licence) =>
        _accounts.TryGetValue(licence, out var known) ? known : Make(licence);

    private LicenceAccount Make(LicenceId licence) =>
        // Two accounts of one licence would lease against each other: the one that got in is used.
        _accounts.GetOrAdd(licence, static (id, log) => new LicenceAccount(log.TallyOf(id), log), log);
}
