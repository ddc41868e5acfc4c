using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;

namespace Tallystick.Server.Accounts;

/// <summary>The page's way to <see cref="SignUp"/>: signs up and signs in; API keys are made on the account page.</summary>
internal static class SignUpForm
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(SignInForm.SignUpPath, Handle)
            .AllowAnonymous()
            .WithName("SignUpForm").WithTags("Accounts")
            .WithSummary("Signs an organisation up from the page (form with an anti-forgery token) and signs the person in.")
            .Produces(StatusCodes.Status303SeeOther).ProducesProblem(400);

    private static async Task<IResult> Handle(
        IFormCollection form,
        SignUp signUp,
        Sessions sessions,
        KnownDevices devices,
        TypedForm typed,
        HttpContext context,
        CancellationToken stop)
    {
        var outcome = await signUp.Handle(
            new(
                form[SignInForm.Name].ToString(),
                form[SignInForm.Email].ToString(),
                form[SignInForm.Password].ToString(),
                [.. form[SignInForm.Roles].Select(r => r ?? "")]),
            context,
            stop);
        if (!outcome.Succeeded(out var made, out var refusal))
        {
            var error = refusal.Type == AccountsProblems.EmailInUse ? SignInForm.EmailInUse
                : refusal.Type == Problems.TooManyRequests ? SignInForm.TooManyAttempts
                : SignInForm.Invalid;
            typed.Keep(context, new(
                form[SignInForm.Email].ToString(),
                form[SignInForm.Name].ToString(),
                [.. form[SignInForm.Roles].Select(r => r ?? "")]));
            return new SeeOther(
                $"{SignInForm.SignUpPath}?error={error}&return_url={Uri.EscapeDataString(SignInForm.LocalOrHome(form[SignInForm.ReturnUrl]))}");
        }

        await devices.Remember(context, made.PersonId, stop);
        await sessions.Begin(context, made.PersonId, stop);
        return new SeeOther(SignInForm.LocalOrHome(form[SignInForm.ReturnUrl]));
    }
}
