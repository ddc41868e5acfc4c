using System.Net.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation.BadInput;

/// <summary>Things that are really there, of an organisation that may do everything, and another that must not touch them.</summary>
internal sealed record World(Member Owner, Member Stranger, string NarrowKey, IReadOnlyDictionary<string, string> Ids)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<World> Of(TestServer server)
    {
        var owner = await Member.SignUp(server, "creator", "buyer");
        var stranger = await Member.SignUp(server, "creator", "buyer");
        var (work, _) = await owner.Published();
        var draft = await owner.Http.PostAsync($"/v1/works/{work}/versions", null, Stop).Json(201);
        var offer = await owner.MeteredOffer(work);
        var (licence, _) = await owner.Licence(offer);
        var key = await owner.Http.PostAsJsonAsync("/v1/api-keys", new { name = "second", scopes = new[] { "usage:read" } }, Stop).Json(201);
        var narrow = await owner.Http.PostAsJsonAsync("/v1/api-keys", new { name = "narrow", scopes = new[] { "usage:read" } }, Stop).Json(201);
        return new(owner, stranger, (string)narrow["api_key"]!, new Dictionary<string, string>
        {
            ["works"] = work.ToString(),
            ["versions"] = (string)draft["version_id"]!,
            ["files"] = "shard-0001.csv",
            ["offers"] = offer.ToString(),
            ["licences"] = licence.ToString(),
            ["api-keys"] = (string)key["api_key_id"]!,
            ["status-lists"] = "1",
            ["tile"] = "0/000",
        });
    }

    public static IEnumerable<RouteEndpoint> Endpoints(TestServer server) =>
        server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
}
