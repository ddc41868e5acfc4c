using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Pages;

/// <summary>The forms that <see cref="SignInForm"/> and <see cref="PasswordForm"/> describe; Accounts handles what they post.</summary>
internal static class SignInPages
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet(SignInForm.Path, (string? error, string? done, string? return_url, TypedForm typed, HttpContext context) =>
            Page.Of<SignInView>(new
            {
                Error = SignInForm.Explain(error),
                Done = done switch
                {
                    PasswordForm.Changed => PasswordForm.Explain(done),
                    SignInForm.JustClosed => "Your account is closed. What you are owed goes to your payout account.",
                    _ => null,
                },
                typed.Take(context)?.Email,
                ReturnUrl = SignInForm.LocalOrHome(return_url),
            }))
            .AllowAnonymous();
        pages.MapGet(PasswordForm.ResetPath, (string? error) =>
            Page.Of<ResetPasswordView>(new { Error = PasswordForm.Explain(error) }))
            .AllowAnonymous();
        pages.MapGet(SignInForm.SignUpPath, (string? error, string? return_url, TypedForm form, HttpContext context) =>
        {
            var typed = form.Take(context);
            return Page.Of<SignUpView>(new
            {
                Error = SignInForm.Explain(error),
                EmailIsTaken = error == SignInForm.EmailInUse,
                typed?.Email,
                typed?.Name,
                Roles = typed?.Roles ?? [Role.Buyer],
                ReturnUrl = SignInForm.LocalOrHome(return_url),
            });
        })
            .AllowAnonymous();
    }
}
