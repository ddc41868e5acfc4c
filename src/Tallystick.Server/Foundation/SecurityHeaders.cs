using Microsoft.AspNetCore.Authorization;

namespace Tallystick.Server.Foundation;

/// <summary>What every answer carries so that a browser cannot be turned against the person who uses it.</summary>
internal static class SecurityHeaders
{
    // No form-action: a purchase form is answered by a redirect to the payment page of the gateway, and Chromium
    // applies that directive to the redirect as well. Forms are protected by anti-forgery tokens instead.
    private const string PagePolicy =
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

    // What no page of ours uses, no script that got into one may use.
    private const string Permissions =
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

    // Without the names below ours: those may be somebody else's.
    private const string OnlyHttps = "max-age=31536000";

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app)
    {
        // Behind a proxy that ends TLS the request itself looks like plain http.
        var byHttps = app.ApplicationServices.GetRequiredService<FoundationOptions>().PublicUrl
            .StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        return app.Use((context, next) =>
        {
            context.Response.OnStarting(() =>
            {
                Write(context, byHttps || context.Request.IsHttps);
                return Task.CompletedTask;
            });
            return next(context);
        });
    }

    private static void Write(HttpContext context, bool byHttps)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        AllowAnyone(context);
        if (byHttps)
        {
            headers.StrictTransportSecurity = OnlyHttps;
        }

        // What was made for somebody, or changed something, is nobody else's. A route that knows better has said so.
        if (headers.CacheControl.Count == 0 &&
            (context.User.Identity?.IsAuthenticated == true || !IsRead(context.Request.Method) || context.Response.StatusCode >= 400))
        {
            headers.CacheControl = "no-store";
        }

        if (context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true)
        {
            headers.XFrameOptions = "DENY";
            headers["Permissions-Policy"] = Permissions;
            headers.ContentSecurityPolicy = headers.ContentSecurityPolicy.Count == 0 ? PagePolicy : headers.ContentSecurityPolicy;
        }
    }

    /// <summary>
    /// What anybody may read without credentials, a script of any site may read too: the log, its key, the keys of licences, status
    /// lists, works on sale. Always, so that a cache may hand it to everybody. Pages are for people, and nobody's data.
    /// </summary>
    private static void AllowAnyone(HttpContext context)
    {
        if (IsRead(context.Request.Method) && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null &&
            context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) != true)
        {
            context.Response.Headers.AccessControlAllowOrigin = "*";
        }
    }

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
}
