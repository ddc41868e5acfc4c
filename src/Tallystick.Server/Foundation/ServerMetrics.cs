using System.Data.Common;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>The metrics of this process, and what only the database knows at the moment it is asked.</summary>
internal sealed class ServerMetrics(MetricsText metrics, IEnumerable<GaugeSource> sources)
{
    public async Task<string> Render(CancellationToken stop)
    {
        foreach (var source in sources)
        {
            try
            {
                foreach (var gauge in await source.Read(stop))
                {
                    metrics.Set(gauge.Name, gauge.Tag, gauge.TagValue, gauge.Value);
                }
            }
            catch (Exception away) when (away is DbException or TimeoutException)
            {
                // Metrics are most needed when the database is away: the last figures stand.
            }
        }

        return metrics.Render();
    }
}
