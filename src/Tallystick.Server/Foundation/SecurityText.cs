using System.Globalization;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>
/// <c>/.well-known/security.txt</c> (RFC 9116): whom to tell of a hole. It never runs out while the server runs, and it
/// exists only when the operator has named a contact: a wrong one is worse than none.
/// </summary>
internal static class SecurityText
{
    // RFC 9116, section 2.5.5 recommends less than a year.
    private static readonly TimeSpan ValidFor = TimeSpan.FromDays(180);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMethods(
            "/.well-known/security.txt",
            [HttpMethods.Get, HttpMethods.Head],
            (FoundationOptions options, TimeProvider clock, HttpContext context) =>
            {
                if (options.SecurityContact is not { } contact)
                {
                    return Problems.NotFound.With("The operator has named no contact.").ToHttp();
                }

                context.Response.Headers.CacheControl = "public, max-age=86400";
                var expires = new DateTimeOffset(clock.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero) + ValidFor;
                return Results.Text(Text(contact, expires, options.PublicUrl), "text/plain; charset=utf-8");
            })
        .AllowAnonymous()
        .WithName("GetSecurityText").WithTags("Health")
        .WithSummary("Whom to tell of a hole (RFC 9116); only when the operator has named somebody.")
        .Produces<string>(contentType: "text/plain").ProducesProblem(StatusCodes.Status404NotFound);

    private static string Text(string contact, DateTimeOffset expires, string publicUrl) => string.Create(
        CultureInfo.InvariantCulture,
        $"Contact: {contact}\nExpires: {expires:yyyy-MM-dd'T'HH:mm:ss'Z'}\nPreferred-Languages: en\nCanonical: {publicUrl}/.well-known/security.txt\n");
}
