using System.Security.Cryptography;
using System.Text;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>Limits and small rules shared by the slices of accounts.</summary>
internal static class Account
{
    public const int NameLengthMost = 200;
    public const int PasswordLengthLeast = 12;
    public const int PasswordLengthMost = 200;

    private static readonly string[] CommonScopes =
    [
        Scope.CatalogRead, Scope.LicencesRead, Scope.LicencesWrite, Scope.PaymentsRead, Scope.PaymentsWrite,
        Scope.UsageRead, Scope.StatementsRead, Scope.AccountsWrite,
    ];

    /// <summary>What the roles of an organisation allow its people.</summary>
    public static IReadOnlyList<string> ScopesOf(IReadOnlyCollection<string> roles) =>
        roles.Contains(Role.Operator) ? Scope.All
        : roles.Contains(Role.Creator) ? [.. CommonScopes, Scope.CatalogWrite]
        : CommonScopes;

    /// <summary>A cookie that no script reads and no other site sends; how long it lasts is the caller's.</summary>
    public static CookieOptions Cookie(HttpContext context, FoundationOptions foundation) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        SameSite = SameSiteMode.Lax,
        // Behind a proxy that ends TLS the request itself looks like plain http.
        Secure = context.Request.IsHttps || foundation.PublicUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase),
        Path = "/",
    };

    /// <summary>What may become a password.</summary>
    public static bool IsPassword(string text) =>
        !new InputErrors().Text("password", text, PasswordLengthMost, PasswordLengthLeast).Any;

    public static byte[] Sha256(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>A new secret of 256 bits: prefix and Crockford's base 32 in lower case.</summary>
    public static string NewSecret(string prefix)
    {
        const string digits = "0123456789abcdefghjkmnpqrstvwxyz";
        Span<byte> bytes = stackalloc byte[32];
        RandomNumberGenerator.Fill(bytes);
        var text = new StringBuilder(prefix, prefix.Length + 52);
        var (bits, held) = (0u, 0);
        foreach (var b in bytes)
        {
            bits = (bits << 8) | b;
            held += 8;
            while (held >= 5)
            {
                held -= 5;
                text.Append(digits[(int)((bits >> held) & 31)]);
                bits &= (1u << held) - 1;
            }
        }

        return text.Append(digits[(int)((bits << (5 - held)) & 31)]).ToString();
    }
}
