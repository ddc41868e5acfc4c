using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// <c>unlock</c> on the command line of the server: whoever runs this machine lets an account in that strangers' guesses
/// have locked, first of all the operator's own, which no reset link opens. For a while nothing is counted against it.
/// </summary>
internal sealed partial class UnlockAccount(
    Emails emails, AttemptLimits limits, AccountsOptions options, Database database, ILogger<UnlockAccount> log)
{
    public static readonly TimeSpan OpenFor = TimeSpan.FromMinutes(15);

    /// <param name="address">Null or empty: the operator's.</param>
    /// <returns>What to tell, and whether it was done.</returns>
    public async Task<(bool Done, string Words)> Run(string? address, CancellationToken stop)
    {
        if (await emails.Normal(string.IsNullOrEmpty(address) ? options.OperatorEmail : address, stop) is not { } account ||
            !await database.QueryOne<bool>("select exists (select 1 from accounts.person where email = @account)", new { account }, stop))
        {
            return (false, "Nobody signs in with this e-mail address.");
        }

        await limits.Unlock(account, OpenFor, stop);
        LogUnlocked();
        return (true, $"{account} can sign in: for {OpenFor.TotalMinutes:0} minutes the guesses of others do not count.");
    }

    [LoggerMessage(1212, LogLevel.Information, "An account was unlocked on the command line.")]
    private partial void LogUnlocked();
}
