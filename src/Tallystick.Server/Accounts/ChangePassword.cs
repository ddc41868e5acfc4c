using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// A signed-in person changes the password on the account page. The old one is asked for, so that a browser left open is
/// not enough to take the account over. Every session ends, also this one: it goes on under a new token.
/// </summary>
internal sealed class ChangePassword(
    Database database, Passwords passwords, AttemptLimits limits, KnownDevices devices, Sessions sessions, AccountsOptions options)
{
    private const string Attempts = "change-password/person";
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(PasswordForm.Path, async (
            [FromForm(Name = PasswordForm.Current)] string current,
            [FromForm(Name = PasswordForm.New)] string wanted,
            Caller caller,
            ChangePassword slice,
            HttpContext context,
            CancellationToken stop) => await slice.Handle(current, wanted, caller, context, stop))
            .WithName("ChangePassword").WithTags("Accounts")
            .WithSummary("Changes the password of the signed-in person (form with an anti-forgery token) and ends all other sessions.")
            .Produces(StatusCodes.Status303SeeOther).ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);

    private async Task<IResult> Handle(
        string current, string wanted, Caller caller, HttpContext context, CancellationToken stop)
    {
        if (caller.Person is not { } person)
        {
            return Problems.Forbidden.With("Only a person who has signed in has a password.").ToHttp();
        }

        if (caller.IsOperator)
        {
            return Back(PasswordForm.Configured);
        }

        if (!Account.IsPassword(wanted))
        {
            return Back(PasswordForm.Invalid);
        }

        if (await limits.Count(new(Attempts, person.ToString()), options.SignInsPerAccount, Window, stop) is not null)
        {
            return Back(PasswordForm.TooManyAttempts);
        }

        var before = await database.QueryOne<string>(
            "select password_hash from accounts.person where id = @person", new { person }, stop);
        if (current.Length > Account.PasswordLengthMost || !await passwords.Verify(current, before, stop))
        {
            return Back(PasswordForm.Wrong);
        }

        var hash = await passwords.Hash(wanted, stop);
        if (!await database.InTransaction(tx => Save(tx, person, before!, hash), stop))
        {
            return Back(PasswordForm.Wrong);
        }

        await limits.Forget(new(Attempts, person.ToString()), stop);
        await devices.Remember(context, person, stop);
        await sessions.Begin(context, person, stop);
        return new SeeOther($"{PasswordForm.AccountPath}?done={PasswordForm.Changed}");
    }

    /// <summary>False when the password was set by another way meanwhile: that is the one to know then.</summary>
    private static async Task<bool> Save(Tx tx, PersonId person, string before, string hash)
    {
        var now = await tx.QueryOne<string>(
            "select password_hash from accounts.person where id = @person for update", new { person });
        if (now != before)
        {
            return false;
        }

        await Passwords.Save(tx, person, hash);
        return true;
    }

    private static SeeOther Back(string error) => new($"{PasswordForm.AccountPath}?error={error}");
}
