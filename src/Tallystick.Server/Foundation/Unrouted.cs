namespace Tallystick.Server.Foundation;

/// <summary>
/// Requests that no route takes as they are. Who is calling does not matter there: a path that nobody serves is 404 and a
/// method that it does not take 405, for strangers too; and what answers GET answers HEAD (RFC 9110, sections 9.1 and 9.3.2).
/// </summary>
internal static class Unrouted
{
    /// <summary>Finds the route, for HEAD that of GET where there is none of its own.</summary>
    public static IApplicationBuilder UseRoutes(this IApplicationBuilder app) => app
        .UseRouting()
        .Use(next => context =>
        {
            if (HttpMethods.IsHead(context.Request.Method) && context.GetEndpoint() is not null and not RouteEndpoint)
            {
                // Kestrel keeps what arrived, and sends no body to it.
                context.Request.Method = HttpMethods.Get;
                context.SetEndpoint(null);
            }

            return next(context);
        })
        .UseRouting();

    /// <summary>Ends what has no route, before anything asks for credentials.</summary>
    public static IApplicationBuilder RefuseUnrouted(this IApplicationBuilder app) => app.Use(next => context =>
    {
        if (context.GetEndpoint() is { } endpoint)
        {
            // Routing's own endpoints say that a method or a media type is not taken.
            return endpoint is RouteEndpoint ? next(context) : endpoint.RequestDelegate!(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });
}
