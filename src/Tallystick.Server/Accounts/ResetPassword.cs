using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Ids;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// Whoever has a link of <see cref="MakePasswordReset"/> sets a new password, once. A link that was used, replaced, is
/// too old or never was is told from none of the others. All sessions of the person end, and nobody is signed in by it.
/// </summary>
internal sealed partial class ResetPassword(
    Database database, Passwords passwords, AttemptLimits limits, KnownDevices devices, AccountsOptions options, TimeProvider clock,
    ILogger<ResetPassword> log)
{
    private const int CodeLengthMost = 600;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(PasswordForm.ResetPath, async (
            [FromForm(Name = PasswordForm.Code)] string code,
            [FromForm(Name = PasswordForm.New)] string wanted,
            ResetPassword slice,
            HttpContext context,
            CancellationToken stop) => await slice.Handle(code, wanted, context, stop))
            .AllowAnonymous()
            .WithName("ResetPassword").WithTags("Accounts")
            .WithSummary("Sets a new password with the secret of a link (form with an anti-forgery token) and ends all sessions of the person.")
            .Produces(StatusCodes.Status303SeeOther).ProducesProblem(400);

    private async Task<SeeOther> Handle(string code, string wanted, HttpContext context, CancellationToken stop)
    {
        // Guessing 256 bits is hopeless; the limit is for the work that an attempt makes.
        if (await limits.Count(
            new("reset-password/address", NetworkAddress.Of(context)), options.SignInsPerAddress, Window, stop) is not null)
        {
            return Back(PasswordForm.TooManyAttempts);
        }

        // Before the link is looked at: a password that is refused must not use it up.
        if (!Account.IsPassword(wanted))
        {
            return Back(PasswordForm.Invalid);
        }

        var link = new { Hash = Account.Sha256(Secret(code)), Now = clock.GetUtcNow() };
        if (!await database.QueryOne<bool>(
            "select exists (select 1 from accounts.password_reset where token_sha256 = @Hash and expires_at > @Now)", link, stop))
        {
            return Back(PasswordForm.LinkEnded);
        }

        var hash = await passwords.Hash(wanted, stop);
        var changed = await database.InTransaction(
            async tx =>
            {
                // Taken with the row: of two who use it at the same time, one does.
                var person = await tx.QueryOne<Found>(
                    """
                    delete from accounts.password_reset r using accounts.person p
                    where r.token_sha256 = @Hash and r.expires_at > @Now and p.id = r.person_id returning p.id, p.email
                    """,
                    link);
                if (person is not null)
                {
                    await Passwords.Save(tx, person.Id, hash);
                }

                return person;
            },
            stop);
        if (changed is null)
        {
            return Back(PasswordForm.LinkEnded);
        }

        // Whoever forgot a password has tried some, and whom others locked out gets in from here.
        await limits.ForgetAll(changed.Email, stop);
        await devices.Remember(context, changed.Id, stop);
        LogSet();
        return new($"{SignInForm.Path}?done={PasswordForm.Changed}");
    }

    /// <summary>People may give the whole link instead of what stands behind its <c>#</c>.</summary>
    private static string Secret(string code) =>
        code.Length > CodeLengthMost ? "" : code[(code.LastIndexOf('#') + 1)..].Trim();

    private static SeeOther Back(string error) => new($"{PasswordForm.ResetPath}?error={error}");

    [LoggerMessage(1302, LogLevel.Information, "A new password was set with a link.")]
    private partial void LogSet();

    private sealed record Found(PersonId Id, string Email);
}
