using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Tallystick.Server.Access;

/// <summary><c>Tally:Access</c>.</summary>
internal sealed partial class AccessOptions : IValidatableObject
{
    /// <summary>Secret of each gate by its name: <c>tgk_</c> and at least 32 characters that nobody can guess.</summary>
    public Dictionary<string, string> GateSecrets { get; init; } = [];

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
