using Microsoft.AspNetCore.Http.Features;

namespace Tallystick.Server.Foundation;

internal static class MediaTypes
{
    // Not public there; BadInputTests fails when the framework gives it another name.
    private const string RefusingEndpoint = "415 HTTP Unsupported Media Type";

    /// <summary>
    /// A body of another media type than a route takes is sent to an endpoint of the framework's that answers 415 and names
    /// nobody who may see it: a gate would be told that it is forbidden instead of what is wrong. So it is answered before.
    /// </summary>
    public static IApplicationBuilder UseMediaTypes(this IApplicationBuilder app) => app.Use(next => context =>
        context.Features.Get<IEndpointFeature>()?.Endpoint is { DisplayName: RefusingEndpoint } endpoint
            ? endpoint.RequestDelegate!(context)
            : next(context));
}
