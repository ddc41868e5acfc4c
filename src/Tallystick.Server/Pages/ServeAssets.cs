using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;
using Tallystick.Hosting;

namespace Tallystick.Server.Pages;

/// <summary>
/// The style sheet, the icon and the one script. They are part of the program, so that a server started from any folder has them, and
/// their address carries their hash, so that a browser keeps them until they change.
/// </summary>
internal static class ServeAssets
{
    private const string Prefix = "wwwroot/";

    private static readonly FrozenDictionary<string, Asset> Assets = Load();

    /// <summary>Where a browser finds an asset.</summary>
    public static string Address(string name) => $"/assets/{name}?{Assets[name].Hash}";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMethods(
            "/assets/{name}",
            [HttpMethods.Get, HttpMethods.Head],
            (string name, HttpContext context) =>
            {
                if (!Assets.TryGetValue(name, out var asset))
                {
                    return Problems.NotFound.With("No such asset.").ToHttp();
                }

                context.Response.Headers[HeaderNames.CacheControl] = "public, max-age=31536000, immutable";
                return Results.Bytes(asset.Bytes, asset.MediaType, entityTag: new($"\"{asset.Hash}\""));
            })
        .AllowAnonymous().ExcludeFromDescription();

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = typeof(ServeAssets).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(n => n[Prefix.Length..], n =>
            {
                using var stream = assembly.GetManifestResourceStream(n)!;
                using var bytes = new MemoryStream();
                stream.CopyTo(bytes);
                return new Asset(
                    bytes.ToArray(),
                    Path.GetExtension(n) switch
                    {
                        ".css" => "text/css; charset=utf-8",
                        ".js" => "text/javascript; charset=utf-8",
                        _ => "image/svg+xml",
                    },
                    Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()))[..16]);
            }, StringComparer.Ordinal);
    }

    private sealed record Asset(byte[] Bytes, string MediaType, string Hash);
}
