using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// How often somebody may try to sign in. Guessing is made hopeless without giving strangers a way to lock people out:
/// 1. A device that the owner has used before is counted apart, so that nothing others do matters there.
/// 2. An address may try so often altogether, and so often for one account: a flood from one place ends there.
/// 3. An account may be tried so often from all unknown places together. Its owner gets in by 1, by a reset link, or by
///    <see cref="UnlockAccount"/>, for a while after which this limit does not hold.
/// </summary>
internal sealed class SignInLimits(AttemptLimits limits, KnownDevices devices, AccountsOptions options)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
    private readonly AttemptLimits _limits = limits;
    private readonly KnownDevices _devices = devices;
    private readonly AccountsOptions _options = options;

    /// <param name="account">The address as stored; empty for what is none.</param>
    public Attempt Of(HttpContext context, string account, PersonId? person, string? passwordHash) => new(
        this,
        context,
        account,
        person is { } id && passwordHash is not null ? _devices.Find(context, id, passwordHash) : null);

    /// <summary>One attempt.</summary>
    internal sealed class Attempt(SignInLimits owner, HttpContext context, string account, string? device)
    {
        // What the right password makes forgotten; what strangers did elsewhere stays counted.
        private readonly AttemptKey _own = device is null
            ? new("sign-in/account-and-address", NetworkAddress.Of(context), account)
            : new("sign-in/device", device, account);

        public async Task<bool> Passes(CancellationToken stop)
        {
            var (limits, options) = (owner._limits, owner._options);
            // 1.
            if (device is not null)
            {
                return await limits.Count(_own, options.SignInsPerAccount, Window, stop) is null;
            }

            // 2. and 3.
            return await limits.Count(new("sign-in/address", NetworkAddress.Of(context)), options.SignInsPerAddress, Window, stop) is null &&
                await limits.Count(_own, options.SignInsPerAccount, Window, stop) is null &&
                (await limits.IsUnlocked(account, stop) ||
                await limits.Count(new("sign-in/account", "", account), options.SignInsPerAccountAnywhere, Window, stop) is null);
        }

        public async Task Succeeded(PersonId person, CancellationToken stop)
        {
            await owner._limits.Forget(_own, stop);
            await owner._devices.Remember(context, person, stop);
        }
    }
}
