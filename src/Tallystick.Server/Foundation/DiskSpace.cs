using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Tallystick.Server.Foundation;

/// <summary>
/// The disk of the data folder has room. On a full one uploads, the log's tiles and, where the database lies beside them, everything
/// else fails: it is said before that.
/// </summary>
internal sealed class DiskSpace(FoundationOptions options) : IHealthCheck
{
    private const long Megabyte = 1_000_000;

    /// <summary>What may still be written there; null when nobody can tell.</summary>
    public long? BytesFree
    {
        get
        {
            try
            {
                return new DriveInfo(options.DataFolder).AvailableFreeSpace;
            }
            catch (Exception away) when (away is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(BytesFree switch
        {
            null => HealthCheckResult.Unhealthy($"the disk of {options.DataFolder} does not answer"),
            { } free when free / Megabyte < options.DiskMegabytesLeast => HealthCheckResult.Unhealthy(
                $"the disk of {options.DataFolder} is full: {free / Megabyte} MB are free, {options.DiskMegabytesLeast} MB are needed"),
            _ => HealthCheckResult.Healthy(),
        });
}
