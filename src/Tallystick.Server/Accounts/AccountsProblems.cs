using Tallystick.Hosting;

namespace Tallystick.Server.Accounts;

internal static class AccountsProblems
{
    public static readonly ProblemType EmailInUse = new(
        "email-in-use", StatusCodes.Status409Conflict, "Someone has signed up with this e-mail address.",
        "Sign in, or use another address.");

    public static readonly ProblemType TooManyApiKeys = new(
        "too-many-api-keys", StatusCodes.Status409Conflict, "The organisation has as many API keys as it may have.",
        "Revoke keys that are no longer used.");

    public static readonly ProblemType PasswordConfigured = new(
        "password-configured", StatusCodes.Status409Conflict, "The operator's password stands in the configuration.",
        "Set Tally:Accounts:OperatorPassword and restart the server.");
}
