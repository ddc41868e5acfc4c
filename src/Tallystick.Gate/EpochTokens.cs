using System.Text.Json;
using Tallystick.Core.Gates;
using Tallystick.Core.Json;
using Tallystick.Hosting;

namespace Tallystick.Gate;

/// <summary>
/// The tokens that speak for this gate's epochs. On disk before the log goes on under an epoch, readable by this user alone, so that
/// a restart goes on in the same epoch. The one before is kept as well: a crash may come before the log has begun the new one.
/// </summary>
internal sealed class EpochTokens
{
    private const int KeptMost = 2;
    private readonly string _path;
    private volatile IReadOnlyList<Kept> _kept = [];

    public EpochTokens(GateOptions options)
    {
        _path = Path.Combine(options.DataFolder, "epochs.json");
        try
        {
            _kept = JsonSerializer.Deserialize<List<Kept>>(File.ReadAllBytes(_path), TallyJson.Options) ?? [];
        }
        catch (Exception nothing) when (nothing is FileNotFoundException or JsonException)
        {
            // Without a token the gate asks for another epoch, and goes on with what it has.
        }
    }

    /// <summary>The token of an epoch, or null when it is not known.</summary>
    public string? Of(long epoch) => Find(epoch)?.Token;

    /// <summary>The epoch under which an epoch's leases stand.</summary>
    public long LeasesOf(long epoch) => Find(epoch)?.LeasesOf ?? epoch;

    public void Keep(EpochGrant grant)
    {
        IReadOnlyList<Kept> kept = [.. _kept.TakeLast(KeptMost - 1), new Kept(grant.Epoch, grant.Token, grant.LeasesOf)];
        DurableFile.Write(
            _path, JsonSerializer.SerializeToUtf8Bytes(kept, TallyJson.Options), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _kept = kept;
    }

    private Kept? Find(long epoch) => _kept.LastOrDefault(k => k.Epoch == epoch);

    private sealed record Kept(long Epoch, string Token, long LeasesOf);
}
