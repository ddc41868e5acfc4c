using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>An instant says its offset: the host's zone decides nothing.</summary>
public sealed class InstantTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cut_without_an_offset_is_refused_and_one_with_it_is_that_instant()
    {
        await using var server = await TestServer.Start(postgres);
        using var operate = server.Client(TestServer.OperatorKey);

        (await operate.PostAsJsonAsync("/v1/billing-runs", new { up_to = "2026-01-01T00:00:00" }, Stop).Problem(400)).ShouldBe("invalid-request");
        (await operate.PostAsJsonAsync("/v1/billing-runs", new { up_to = "2026-01-01" }, Stop).Problem(400)).ShouldBe("invalid-request");
        var run = await operate.PostAsJsonAsync("/v1/billing-runs", new { up_to = "2020-01-01T02:00:00+02:00" }, Stop).Json();

        ((DateTimeOffset)run["up_to"]!).ShouldBe(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_query_without_an_offset_is_refused()
    {
        await using var server = await TestServer.Start(postgres);
        var buyer = await Member.Buyer(server);

        (await buyer.Http.GetAsync("/v1/usage?from=2026-01-01T00:00:00", Stop).Problem(400)).ShouldBe("invalid-request");
        (await buyer.Http.GetAsync("/v1/usage?from=2026-01-01T00:00:00Z&to=2026-01-02", Stop).Problem(400)).ShouldBe("invalid-request");
        (await buyer.Http.GetAsync("/v1/usage?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00%2B01:00", Stop))
            .StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task No_route_takes_an_instant_in_a_way_that_would_guess_its_zone()
    {
        await using var server = await TestServer.Start(postgres);

        var guessing = server.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .SelectMany(e => e.Metadata.OfType<MethodInfo>().SelectMany(m => m.GetParameters()))
            .Where(p => (Nullable.GetUnderlyingType(p.ParameterType) ?? p.ParameterType) is { } type &&
                (type == typeof(DateTimeOffset) || type == typeof(DateTime)))
            .Select(p => $"{p.Member.DeclaringType}.{p.Member.Name}: {p.Name}");

        guessing.ShouldBeEmpty();
    }
}
