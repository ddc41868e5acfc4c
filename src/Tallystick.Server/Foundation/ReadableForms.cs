using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace Tallystick.Server.Foundation;

/// <summary>
/// Reads posted forms before anything else does. What is due and does not come, what cannot be decoded (a NUL, half an
/// escape, a charset that is no UTF-8) and what another site sends would look like faults of ours further on; here they become
/// bad requests, also where a document is sent and no form.
/// </summary>
internal static class ReadableForms
{
    private const string UrlEncoded = "application/x-www-form-urlencoded";

    private static readonly string[] Charsets = ["utf-8", "us-ascii"];

    /// <summary>Before the check for forgery, which reads the form.</summary>
    public static IApplicationBuilder UseReadableForms(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        RefuseCharset(context.Request);
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
        catch (Exception charset) when (charset is NotSupportedException or ArgumentException)
        {
            throw new BadHttpRequestException("A part of the form is of a charset that is not read here.", StatusCodes.Status415UnsupportedMediaType, charset);
        }
    }

    /// <summary>
    /// Forms and JSON are UTF-8 (WHATWG URL, section 5; RFC 8259, section 8.1). The type of a file that is only stored may say
    /// what it likes.
    /// </summary>
    private static void RefuseCharset(HttpRequest request)
    {
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.Charset.HasValue &&
            (request.HasFormContentType || type.SubType.Equals("json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)) &&
            type.Charset.Value!.Trim('"') is var charset &&
            !Charsets.Contains(charset, StringComparer.OrdinalIgnoreCase))
        {
            throw new BadHttpRequestException($"The charset '{charset}' is not read here: send UTF-8.", StatusCodes.Status415UnsupportedMediaType);
        }
    }
}
