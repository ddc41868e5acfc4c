using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Tallystick.Server.Access;

/// <summary><c>Tally:Access</c>.</summary>
internal sealed partial class AccessOptions : IValidatableObject
{
    /// <summary>Secret of each gate by its name: <c>tgk_</c> and at least 32 characters that nobody can guess.</summary>
    public Dictionary<string, string> GateSecrets { get; init; } = [];

    /// <summary>A connected gate asks again after this time, so that a revoked or used-up licence ends soon.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "1.00:00:00")]
    public TimeSpan LeaseFor { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes that one gate may hold undelivered under a licence.</summary>
    [Range(1_000_000L, 1_000_000_000_000L)]
    public long LeaseBytesMost { get; init; } = 1_000_000_000;

    /// <summary>Uses, or units of any other meter, that one gate may hold undelivered under a licence.</summary>
    [Range(1L, 1_000_000L)]
    public long LeaseUsesMost { get; init; } = 1_000;

    /// <summary>
    /// Minor units of each currency that one gate may be granted in an hour, over all licences and less what it gives back: what
    /// whoever took a gate's place can promise itself before somebody looks.
    /// </summary>
    [Range(1L, 1_000_000_000_000_000L)]
    public long GrantedPerHourMost { get; init; } = 10_000_000;

    /// <summary>A gate whose log was lost never reports what it held: after this time what arrived is all there was.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "90.00:00:00")]
    public TimeSpan LostEpochAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Versions of a work that gates can be asked for, the newest and those before it: a gate keeps the names of all their files.</summary>
    [Range(1, 1_000)]
    public int VersionsMost { get; init; } = 20;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, secret) in GateSecrets)
        {
            // The secret itself is never named: this text goes to a terminal.
            if (!GateName().IsMatch(name) || !GateSecret().IsMatch(secret ?? ""))
            {
                yield return new(
                    $"Gate '{name}': the name is 1 to 50 letters, digits or hyphens; the secret is tgk_ and 32 to 200 letters or digits.",
                    [nameof(GateSecrets)]);
            }
        }
    }

    [GeneratedRegex("^[A-Za-z0-9-]{1,50}$")]
    private static partial Regex GateName();

    [GeneratedRegex("^tgk_[A-Za-z0-9_-]{32,200}$")]
    private static partial Regex GateSecret();
}
