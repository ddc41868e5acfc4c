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

    public static readonly ProblemType NotSettled = new(
        "account-not-settled", StatusCodes.Status409Conflict, "The account cannot be closed yet.",
        "Do what 'obstacles' names and close it then; nothing was changed.");

    public static readonly ProblemType OperatorStays = new(
        "operator-stays", StatusCodes.Status409Conflict, "The installation's own organisation cannot be closed.",
        "Close other organisations with their own credentials; the operator is set in the configuration.");

    public static readonly ProblemType AccountClosed = new(
        "account-closed", StatusCodes.Status409Conflict, "The account is closed.",
        "Sign up anew, with another e-mail address, to go on.");
}
