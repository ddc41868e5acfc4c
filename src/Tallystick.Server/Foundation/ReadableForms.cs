namespace Tallystick.Server.Foundation;

/// <summary>
/// Reads posted forms before anything else does. A form that cannot be decoded (a NUL, half an escape) makes the reader
/// throw what looks like a fault of ours; here it becomes what it is, a bad request.
/// </summary>
internal static class ReadableForms
{
    public static IApplicationBuilder UseReadableForms(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.HasFormContentType)
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

        await next(context);
    });
}
