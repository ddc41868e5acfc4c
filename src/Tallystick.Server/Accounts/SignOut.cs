using Microsoft.AspNetCore.Mvc;
using Tallystick.Server.Accounts.Contracts;

namespace Tallystick.Server.Accounts;

/// <summary>Ends the session.</summary>
internal static class SignOut
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(SignInForm.SignOutPath, async (
            [FromForm(Name = SignInForm.ReturnUrl)] string? returnUrl,
            Sessions sessions,
            HttpContext context,
            CancellationToken stop) =>
            {
                await sessions.End(context, stop);
                return new SeeOther(SignInForm.LocalOrHome(returnUrl));
            })
            .AllowAnonymous()
            .WithName("SignOut").WithTags("Accounts")
            .WithSummary("Signs the person out (form with an anti-forgery token).")
            .Produces(StatusCodes.Status303SeeOther).ProducesProblem(400);
}
