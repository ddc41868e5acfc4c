using Tallystick.Server.Accounts.Contracts;

namespace Tallystick.Server.Pages;

/// <summary>The forms that <see cref="SignInForm"/> describes; Accounts handles what they post.</summary>
internal static class SignInPages
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet(SignInForm.Path, (string? error, string? return_url) =>
            Page.Of<SignInView>(new { Error = SignInForm.Explain(error), ReturnUrl = SignInForm.LocalOrHome(return_url) }))
            .AllowAnonymous();
        pages.MapGet(SignInForm.SignUpPath, (string? error, string? return_url) =>
            Page.Of<SignUpView>(new { Error = SignInForm.Explain(error), ReturnUrl = SignInForm.LocalOrHome(return_url) }))
            .AllowAnonymous();
    }
}
