using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>The largest body that a route takes: said where the route is mapped, and obeyed by the host.</summary>
/// <param name="BytesMost">Bytes; one more is refused with 413.</param>
/// <param name="Advice">What a sender of more does instead.</param>
internal sealed record BodyLimit(long BytesMost, string? Advice = null) : IRequestSizeLimitMetadata
{
    /// <summary>Of a route that does not say otherwise: more than any form or document here is long.</summary>
    public static BodyLimit Usual { get; } = new(256 * 1024);

    long? IRequestSizeLimitMetadata.MaxRequestBodySize => BytesMost;

    public static BodyLimit Of(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<BodyLimit>() ?? Usual;

    public Refusal Refuse() => Problems.TooLarge.With(
        $"This route takes a body of at most {BytesMost} bytes. {Advice}".TrimEnd(),
        new Dictionary<string, object?> { ["limit_bytes"] = BytesMost });
}

internal static class BodyLimits
{
    private const long DrainedBytesMost = 32 * 1024 * 1024;

    // What is on the wire for a byte that comes as a chunk of its own: its length, two line ends and itself, with room.
    private const int ChunkedMost = 8;

    /// <summary>This route takes bodies up to this size, and no others do because of it.</summary>
    public static TBuilder TakesBody<TBuilder>(this TBuilder route, long bytesMost, string? advice = null)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new BodyLimit(bytesMost, advice));

    /// <summary>
    /// The one place where limits are obeyed: a length that is stated is judged before anything is read, and the host ends
    /// a body without one where the limit is. A limit that a handler checks by itself is one the host may not agree with.
    /// </summary>
    public static IApplicationBuilder UseBodyLimits(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var limit = BodyLimit.Of(context.GetEndpoint());
        if (context.Request.ContentLength > limit.BytesMost)
        {
            await Drain(context);
            await limit.Refuse().ToHttp().ExecuteAsync(context);
            return;
        }

        if (context.Request.ContentLength is null && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false)
        {
            Host(context, checked(limit.BytesMost * ChunkedMost));
            context.Request.Body = new BoundedBody(context.Request.Body, limit.BytesMost);
        }
        else
        {
            Host(context, limit.BytesMost);
        }

        try
        {
            await next(context);
        }
        catch (BadHttpRequestException tooLarge) when (
            tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge && !context.Response.HasStarted)
        {
            context.Response.StatusCode = tooLarge.StatusCode;
        }

        // A handler's binding answers for the host and does not say where the limit is.
        if (context.Response is { StatusCode: StatusCodes.Status413PayloadTooLarge, HasStarted: false })
        {
            await limit.Refuse().ToHttp().ExecuteAsync(context);
        }
    });

    // A sender that is answered while it still sends may find its connection broken instead of the answer, and would try
    // the same again for ever. What is a little too large is read to its end; what is absurd is cut off.
    private static async Task Drain(HttpContext context)
    {
        if (context.Request.ContentLength <= DrainedBytesMost && !context.Request.Headers.Expect.Any(e => e == "100-continue"))
        {
            Host(context, DrainedBytesMost);
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        }
    }

    private static void Host(HttpContext context, long bytesMost)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } host)
        {
            host.MaxRequestBodySize = bytesMost;
        }
    }
}
