using System.Data.Common;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>The metrics of this process, and what only the database knows at the moment it is asked.</summary>
internal sealed class ServerMetrics(MetricsText metrics, ListSetAside setAside)
{
    public async Task<string> Render(CancellationToken stop)
    {
        try
        {
            foreach (var kind in (await setAside.Kinds(stop)).Kinds)
            {
                metrics.Set("tally.set_aside.open", "kind", kind.Kind, kind.Open);
            }
        }
        catch (Exception away) when (away is DbException or TimeoutException)
        {
            // Metrics are most needed when the database is away: the last figures stand.
        }

        return metrics.Render();
    }
}
