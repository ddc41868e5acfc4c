using System.Collections.Concurrent;
using Tallystick.Core.Ids;
using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Credit;

/// <summary>The licences that this gate has seen, each once.</summary>
internal sealed class Licences(LocalLog log, GateClock clock)
{
    private readonly ConcurrentDictionary<LicenceId, LicenceAccount> _accounts = new();

    public ICollection<LicenceAccount> All => _accounts.Values;

    public LicenceAccount Of(LicenceId licence) =>
        _accounts.TryGetValue(licence, out var known) ? known : Make(licence);

    /// <summary>Begins with every licence that has a lease according to the log.</summary>
    public void TakeUpLeases()
    {
        List<LicenceId> leased;
        lock (log.Sync)
        {
            leased = [.. log.State.Tallies.Where(t => (t.ByteLease, t.UseLease) != default).Select(t => t.LicenceId)];
        }

        foreach (var licence in leased)
        {
            Of(licence);
        }
    }

    private LicenceAccount Make(LicenceId licence) =>
        // Two accounts of one licence would lease against each other: the one that got in is used.
        _accounts.GetOrAdd(
            licence, static (id, at) => new LicenceAccount(at.log.TallyOf(id), at.log) { LastUsed = at.clock.Ticks }, (log, clock));
}
