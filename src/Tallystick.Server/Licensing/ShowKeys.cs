using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>The public keys as a JSON Web Key Set (RFC 7517): anyone can verify a licence without asking us.</summary>
internal static class ShowKeys
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/.well-known/jwks.json", Handle)
            .AllowAnonymous()
            .WithName("ShowKeys").WithTags("Licences")
            .WithSummary("The public signing keys (RFC 7517).")
            .Produces<KeySet>(contentType: "application/jwk-set+json");

    private static async Task<IResult> Handle(
        PublishedKeys keys, LicensingOptions options, HttpContext context, CancellationToken stop)
    {
        // Not longer than a new key is published before it signs: nobody meets an unknown key through a cache.
        var seconds = (long)options.PublishedBefore.TotalSeconds;
        context.Response.Headers.CacheControl = $"public, max-age={seconds}";
        var set = new KeySet([.. (await keys.All(stop)).Select(k => new Key("EC", "P-256", k.X, k.Y, k.Kid, "sig", "ES256"))]);
        return Results.Json(set, contentType: "application/jwk-set+json");
    }

    internal sealed record KeySet(IReadOnlyList<Key> Keys);

    internal sealed record Key(string Kty, string Crv, string X, string Y, string Kid, string Use, string Alg);
}
