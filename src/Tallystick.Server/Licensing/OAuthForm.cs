using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing;

/// <summary>
/// A form as OAuth sends them: each parameter at most once, where its standard does not say otherwise, of a
/// bounded length (RFC 6749, section 3.2).
/// </summary>
internal sealed class OAuthForm(IFormCollection form)
{
    private const int LengthMost = 16 * 1024;
    private const int RepeatedMost = 16;

    public Refusal? Refusal { get; private set; }

    public static async Task<OAuthForm> Read(HttpRequest request, CancellationToken stop) =>
        new(request.HasFormContentType ? await request.ReadFormAsync(stop) : FormCollection.Empty);

    public string Required(string name)
    {
        var value = Optional(name);
        if (string.IsNullOrEmpty(value))
        {
            Refusal ??= LicensingProblems.OAuthError("invalid_request", $"The parameter '{name}' is missing.");
        }

        return value ?? "";
    }

    /// <summary>A parameter that may be repeated; each value is bounded like any other.</summary>
    public IReadOnlyList<string> Many(string name)
    {
        var values = form[name];
        if (values.Count > RepeatedMost || values.Any(v => v!.Length > LengthMost || !InputErrors.IsClean(v, lines: false)))
        {
            Refusal ??= LicensingProblems.OAuthError("invalid_request", $"The parameter '{name}' is repeated too often or malformed.");
            return [];
        }

        return [.. values.Select(v => v!)];
    }

    public string? Optional(string name)
    {
        var values = form[name];
        if (values.Count > 1 || values.ToString().Length > LengthMost || !InputErrors.IsClean(values.ToString(), lines: false))
        {
            Refusal ??= LicensingProblems.OAuthError("invalid_request", $"The parameter '{name}' is repeated or malformed.");
            return null;
        }

        return values.Count == 0 ? null : values.ToString();
    }
}
