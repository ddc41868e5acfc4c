using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Tallystick.Hosting;

namespace Tallystick.Server.Pages;

/// <summary>
/// A page cannot be drawn, because what it shows was refused. An exception and not an outcome: there is one answer to
/// it, the page that explains the refusal, whatever had been read before.
/// </summary>
internal sealed class PageRefusedException(Refusal refusal) : Exception(refusal.Detail)
{
    public Refusal Refusal => refusal;
}

/// <summary>People who look with a browser get a page where programs get problem+json.</summary>
internal static partial class PageRefusal
{
    public static Refusal ByStatus(int status) => status switch
    {
        401 => Problems.Unauthenticated.With("Sign in to see this."),
        403 => Problems.Forbidden.With("Your organisation's role does not allow this."),
        // 405: the address of a form, looked at.
        404 or 405 => Problems.NotFound.With("The address may be mistyped, or it belongs to another organisation."),
        >= 500 => Problems.Internal.With("The failure was recorded under the trace id below."),
        _ => (Problems.InvalidRequest with { Status = status })
            .With("Nothing was changed. If you sent a form, it may be too old: go back, load the page again and repeat it."),
    };

    /// <summary>
    /// Stands inside the handlers that write problem+json, and answers first when a browser asks and the answer has no
    /// body yet.
    /// </summary>
    public static IApplicationBuilder UsePageRefusals(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (!WantsPage(context.Request))
        {
            await ForProgram(context, next);
            return;
        }

        if (context.GetEndpoint() is null)
        {
            // Nobody has to sign in to learn that there is no such page.
            context.User = (await context.AuthenticateAsync()).Principal ?? context.User;
            await Draw(context, ByStatus(StatusCodes.Status404NotFound));
            return;
        }

        try
        {
            await next(context);
            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentType: null, ContentLength: null })
            {
                await Draw(context, ByStatus(context.Response.StatusCode));
            }
        }
        catch (PageRefusedException refused) when (!context.Response.HasStarted)
        {
            await Draw(context, refused.Refusal);
        }
        catch (BadHttpRequestException bad) when (!context.Response.HasStarted)
        {
            await Draw(context, ByStatus(bad.StatusCode));
        }
        catch (Exception failure) when (!context.Response.HasStarted && failure is not OperationCanceledException)
        {
            Failed(context.RequestServices.GetRequiredService<ILogger<PageApi>>(), failure, context.Request.Path);
            await Draw(context, ByStatus(StatusCodes.Status500InternalServerError));
        }
    });

    public static bool WantsPage(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static async Task ForProgram(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (PageRefusedException refused) when (!context.Response.HasStarted)
        {
            await refused.Refusal.ToHttp().ExecuteAsync(context);
        }
    }

    private static Task Draw(HttpContext context, Refusal refusal)
    {
        context.Response.Clear();
        if (refusal.Type.Status == StatusCodes.Status400BadRequest && HttpMethods.IsGet(context.Request.Method))
        {
            // An address that cannot be read names nothing, just as one that names nothing of theirs.
            refusal = ByStatus(StatusCodes.Status404NotFound);
        }

        return new RazorComponentResult<RefusedPage>(new { Refusal = refusal }) { StatusCode = refusal.Type.Status }
            .ExecuteAsync(context);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The page {Path} could not be drawn")]
    private static partial void Failed(ILogger logger, Exception failure, string path);
}
