using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Ids;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// A person signs in on the page <c>/sign-in</c>. Every way of failing looks and lasts the same, whether or not the
/// address is known.
/// 1. The account and the device are looked up. 2. The attempt is counted (<see cref="SignInLimits"/>). 3. The password is
/// compared, also when there is nothing to compare it with; an account that was closed says so now. 4. The session begins, and the device is known from now on.
/// </summary>
internal sealed class SignIn(
    Database database, Passwords passwords, Emails emails, SignInLimits limits, Sessions sessions)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(SignInForm.Path, async (
            [FromForm(Name = SignInForm.Email)] string email,
            [FromForm(Name = SignInForm.Password)] string password,
            [FromForm(Name = SignInForm.ReturnUrl)] string? returnUrl,
            SignIn slice,
            TypedForm form,
            HttpContext context,
            CancellationToken stop) =>
        {
            var error = await slice.Handle(email, password, context, stop);
            if (error is null)
            {
                return new SeeOther(SignInForm.LocalOrHome(returnUrl));
            }

            form.Keep(context, new(email));
            return Back(error, returnUrl);
        })
            .AllowAnonymous()
            .WithName("SignIn").WithTags("Accounts")
            .WithSummary("Signs a person in (form with an anti-forgery token) and goes on to the page wanted.")
            .Produces(StatusCodes.Status303SeeOther).ProducesProblem(400);

    /// <returns>Null once the session has begun, else why not.</returns>
    private async Task<string?> Handle(string email, string password, HttpContext context, CancellationToken stop)
    {
        // 1.
        var account = await emails.Normal(email, stop);
        var known = account is not null && password.Length <= Account.PasswordLengthMost;
        var person = known
            ? await database.QueryOne<Found>(
                """
                select p.id, p.password_hash, o.closed_at is not null as is_closed
                from accounts.person p join accounts.organisation o on o.id = p.organisation_id where p.email = @account
                """,
                new { account },
                stop)
            : null;

        // 2.
        var attempt = limits.Of(context, account ?? "", person?.Id, person?.PasswordHash);
        if (!await attempt.Passes(stop))
        {
            return SignInForm.TooManyAttempts;
        }

        // 3.
        if (!await passwords.Verify(known ? password : "", person?.PasswordHash, stop))
        {
            return SignInForm.Wrong;
        }

        // Told only to whoever knows the password.
        if (person!.IsClosed)
        {
            return SignInForm.Closed;
        }

        // 4. A session that existed before (on a shared machine) must not live on behind the new one.
        await attempt.Succeeded(person.Id, stop);
        await sessions.Forget(context, stop);
        await sessions.Begin(context, person.Id, stop);
        return null;
    }

    private static SeeOther Back(string error, string? returnUrl) => new(
        $"{SignInForm.Path}?error={error}&return_url={Uri.EscapeDataString(SignInForm.LocalOrHome(returnUrl))}");

    private sealed record Found(PersonId Id, string PasswordHash, bool IsClosed);
}

/// <summary>303: after a form was posted, GET this (RFC 9110, section 15.4.4).</summary>
internal sealed class SeeOther(string location) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        httpContext.Response.Headers.Location = location;
        return Task.CompletedTask;
    }
}
