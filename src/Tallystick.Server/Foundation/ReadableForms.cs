using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Metadata;

namespace Tallystick.Server.Foundation;

/// <summary>
/// Reads posted forms before anything else does. What is due and does not come, what cannot be decoded (a NUL, half an
/// escape) and what another site sends would look like faults of ours further on; here they become bad requests.
/// </summary>
internal static class ReadableForms
{
    private const string UrlEncoded = "application/x-www-form-urlencoded";

    /// <summary>Before the check for forgery, which reads the form.</summary>
    public static IApplicationBuilder UseReadableForms(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (HttpMethods.IsPost(context.Request.Method))
        {
            if (context.Request.HasFormContentType)
            {
                await Read(context);
            }
            else if (context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes.Contains(UrlEncoded) == true)
            {
                throw new BadHttpRequestException($"This takes a form ({UrlEncoded}).");
            }
        }

        await next(context);
    });

    /// <summary>Behind the check for forgery.</summary>
    public static IApplicationBuilder RefuseForgedForms(this IApplicationBuilder app) => app.Use(next => context =>
        context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false } forged
            ? throw new BadHttpRequestException(
                "The form's own token is missing or too old: load the page again and send it from there.", forged.Error!)
            : next(context));

    private static async Task Read(HttpContext context)
    {
        try
        {
            await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (Exception malformed) when (malformed is InvalidOperationException or InvalidDataException)
        {
            throw new BadHttpRequestException("The form cannot be decoded.", malformed);
        }
    }
}
