namespace Tallystick.Server.Foundation;

/// <summary>What every answer carries so that a browser cannot be turned against the person who uses it.</summary>
internal static class SecurityHeaders
{
    // No form-action: a purchase form is answered by a redirect to the payment page of the gateway, and Chromium
    // applies that directive to the redirect as well. Forms are protected by anti-forgery tokens instead.
    private const string PagePolicy =
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            if (context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true)
            {
                headers.XFrameOptions = "DENY";
                headers.ContentSecurityPolicy = headers.ContentSecurityPolicy.Count == 0
                    ? PagePolicy
                    : headers.ContentSecurityPolicy;
            }

            return Task.CompletedTask;
        });
        return next(context);
    });
}
