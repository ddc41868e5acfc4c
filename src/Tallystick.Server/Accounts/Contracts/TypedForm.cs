using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts.Contracts;

/// <summary>What was typed into a form that was refused, without the password.</summary>
internal sealed record TypedWords(string Email, string Name = "", IReadOnlyList<string>? Roles = null);

/// <summary>
/// Brings what was typed back to the form that the browser is sent to, so that nobody types it again. In an encrypted
/// cookie of minutes and not in the address: addresses stay in histories and logs.
/// </summary>
internal sealed class TypedForm(IDataProtectionProvider protection, FoundationOptions foundation)
{
    private const string CookieName = "tally_typed";
    private const int LengthMost = 254;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);
    private readonly ITimeLimitedDataProtector _protector =
        protection.CreateProtector("typed form").ToTimeLimitedDataProtector();

    public void Keep(HttpContext context, TypedWords typed)
    {
        // What is longer was refused for that, and would not fit a cookie.
        if (typed.Email.Length <= LengthMost && typed.Name.Length <= LengthMost)
        {
            var kept = typed with { Roles = [.. (typed.Roles ?? []).Where(r => r is Role.Buyer or Role.Creator).Distinct()] };
            context.Response.Cookies.Append(
                CookieName, _protector.Protect(JsonSerializer.Serialize(kept), Lifetime), Cookie(context, Lifetime));
        }
    }

    /// <summary>What <see cref="Keep"/> kept, once; null when there is nothing, or nothing of ours.</summary>
    public TypedWords? Take(HttpContext context)
    {
        if (context.Request.Cookies[CookieName] is not { } cookie)
        {
            return null;
        }

        context.Response.Cookies.Delete(CookieName, Cookie(context, null));
        try
        {
            return JsonSerializer.Deserialize<TypedWords>(_protector.Unprotect(cookie));
        }
        catch (CryptographicException)
        {
            // Too old, or not made here.
            return null;
        }
    }

    private CookieOptions Cookie(HttpContext context, TimeSpan? lifetime)
    {
        var cookie = Account.Cookie(context, foundation);
        cookie.MaxAge = lifetime;
        return cookie;
    }
}
