namespace Tallystick.Server.Accounts.Contracts;

/// <summary>
/// What the pages need to draw the forms that set a password. Each form posts to its path with these fields and an
/// anti-forgery token. On failure the browser is sent back with <c>?error=</c> one of the codes.
/// </summary>
internal static class PasswordForm
{
    /// <summary>A signed-in person changes the password; goes back to <see cref="AccountPath"/>.</summary>
    public const string Path = "/account/password";
    public const string AccountPath = "/account";

    /// <summary>Somebody who has a link sets a new one; the link's secret stands behind its <c>#</c>.</summary>
    public const string ResetPath = "/reset-password";

    public const string Current = "current_password";
    public const string New = "new_password";

    /// <summary>The secret of a link, or the whole link.</summary>
    public const string Code = "code";

    public const string Wrong = "password-wrong";
    public const string Invalid = "password-invalid";
    public const string TooManyAttempts = "password-attempts";
    public const string Configured = "password-configured";
    public const string LinkEnded = "link-ended";

    /// <summary><c>?done=</c>, on the account page and on the sign-in page.</summary>
    public const string Changed = "password-changed";

    /// <summary>What to tell a person about a code; null for a code that is none of ours.</summary>
    public static string? Explain(string? code) => code switch
    {
        Wrong => "The current password is wrong. Nothing was changed.",
        Invalid => $"A password has {Account.PasswordLengthLeast} to {Account.PasswordLengthMost} characters. Nothing was changed.",
        TooManyAttempts => "Too many attempts. Wait a quarter of an hour and try again.",
        Configured => "The operator's password stands in the configuration of the server. Change it there and restart the server.",
        LinkEnded => "This link is not valid any more: it works once, within an hour. Ask the operator for a new one.",
        Changed => "The new password is set. All other sessions have ended.",
        _ => null,
    };
}
