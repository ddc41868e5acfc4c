using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing;

/// <summary>A form as OAuth sends them: each parameter at most once, of a bounded length (RFC 6749, section 3.2).</summary>
internal sealed class OAuthForm(IFormCollection form)
{
    private const int LengthMost = 16 * 1024;

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
