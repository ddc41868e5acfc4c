using System.Security.Cryptography;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Tallystick.Server.Foundation;

/// <summary>
/// The document at <c>/openapi/v1.json</c>, made once: it describes the program, which does not change while it runs, and
/// making it costs more than any other answer that anybody may ask for.
/// </summary>
internal sealed class ApiDocument(
    [FromKeyedServices("v1")] IOpenApiDocumentProvider documents, FoundationOptions options) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private volatile Made? _made;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMethods(
            "/openapi/v1.json",
            [HttpMethods.Get, HttpMethods.Head],
            async (ApiDocument document, HttpContext context, CancellationToken stop) =>
            {
                var made = await document.Read(stop);
                context.Response.Headers.CacheControl = "public, max-age=300";
                return Results.Bytes(made.Json, "application/json; charset=utf-8", entityTag: new($"\"{made.Hash}\""));
            })
        .AllowAnonymous()
        .ExcludeFromDescription();

    public async Task<Made> Read(CancellationToken stop)
    {
        if (_made is { } there)
        {
            return there;
        }

        // A crowd at the first moment waits for one.
        await _one.WaitAsync(stop);
        try
        {
            return _made ??= await Make(stop);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<Made> Make(CancellationToken stop)
    {
        var document = await documents.GetOpenApiDocumentAsync(stop);
        document.Servers = [new() { Url = options.PublicUrl }];
        var json = await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, stop);
        var bytes = System.Text.Encoding.UTF8.GetBytes(json);
        return new(document, bytes, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
    }

    /// <param name="Document">To be read only.</param>
    /// <param name="Json">The same on the wire.</param>
    /// <param name="Hash">Of <paramref name="Json"/>.</param>
    internal sealed record Made(OpenApiDocument Document, byte[] Json, string Hash);
}
