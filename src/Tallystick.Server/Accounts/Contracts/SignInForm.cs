using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts.Contracts;

/// <summary>
/// What the pages need to draw the forms. Each form posts to its path with these fields and an anti-forgery token; on
/// failure the browser is sent back to the same path with <c>?error=</c> one of the codes.
/// </summary>
internal static class SignInForm
{
    public const string Path = "/sign-in";
    public const string SignOutPath = "/sign-out";
    public const string SignUpPath = "/sign-up";

    public const string Name = "name";
    public const string Email = "email";
    public const string Password = "password";
    public const string ReturnUrl = "return_url";

    /// <summary>Sign-up: repeated, <c>creator</c> and/or <c>buyer</c>.</summary>
    public const string Roles = "roles";

    /// <summary>Shorter passwords are refused.</summary>
    public const int PasswordLengthLeast = Account.PasswordLengthLeast;

    public const string Wrong = "wrong";
    public const string TooManyAttempts = "too-many-attempts";
    public const string EmailInUse = "email-in-use";
    public const string Invalid = "invalid";
    public const string Closed = "closed";

    /// <summary><c>?done=</c>, after the account was closed.</summary>
    public const string JustClosed = "account-closed";

    /// <summary>What to tell a person about a code; null for a code that is none of ours.</summary>
    public static string? Explain(string? error) => error switch
    {
        Wrong => "The e-mail address or the password is wrong.",
        TooManyAttempts => "Too many attempts. Wait a quarter of an hour and try again.",
        EmailInUse => "Someone has signed up with this e-mail address. Sign in, or use another one.",
        Invalid => $"Give a name, an e-mail address, at least one role, and a password of {PasswordLengthLeast} characters or more.",
        Closed => "This account is closed. What it was owed went, or goes, to its payout account.",
        _ => null,
    };

    /// <summary>Only paths of this server: a link must not lead from our form to another site.</summary>
    public static string LocalOrHome(string? url) =>
        url is { Length: > 0 and <= 500 } && url[0] == '/' && !url.StartsWith("//", StringComparison.Ordinal) &&
        !url.Contains('\\', StringComparison.Ordinal) && InputErrors.IsClean(url, lines: false)
            ? url
            : "/";
}
