using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// A browser in which a person has signed in before. Its guesses are counted apart, so that strangers who guess at an
/// account, however many, never lock its owner out there. The cookie opens nothing by itself, holds until the password
/// changes, and is known again without being stored: it is sealed with the keys of the forms.
/// </summary>
internal sealed class KnownDevices(IDataProtectionProvider protection, FoundationOptions foundation, Database database)
{
    private const string CookieName = "tally_device";
    private const int CookieLengthMost = 1000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(180);
    private readonly ITimeLimitedDataProtector _protector =
        protection.CreateProtector("known device").ToTimeLimitedDataProtector();

    /// <summary>The person has shown the password here, or has set it.</summary>
    public async Task Remember(HttpContext context, PersonId person, CancellationToken stop)
    {
        var hash = await database.QueryOne<string>(
            "select password_hash from accounts.person where id = @person", new { person }, stop);
        var device = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        var cookie = Account.Cookie(context, foundation);
        cookie.MaxAge = Lifetime;
        context.Response.Cookies.Append(
            CookieName, _protector.Protect($"{device}\n{Owner(person, hash!)}", Lifetime), cookie);
    }

    /// <summary>Which device of this person's the request comes from; null when it is none, or another's.</summary>
    public string? Find(HttpContext context, PersonId person, string passwordHash)
    {
        if (context.Request.Cookies[CookieName] is not { Length: <= CookieLengthMost } cookie)
        {
            return null;
        }

        try
        {
            var parts = _protector.Unprotect(cookie).Split('\n');
            return parts.Length == 2 && parts[1] == Owner(person, passwordHash) ? parts[0] : null;
        }
        catch (CryptographicException)
        {
            // Too old, or not made here.
            return null;
        }
    }

    private static string Owner(PersonId person, string passwordHash) =>
        Convert.ToHexStringLower(Account.Sha256($"{person}\n{passwordHash}"));
}
