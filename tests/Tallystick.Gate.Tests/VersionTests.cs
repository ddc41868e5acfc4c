using System.Net;
using System.Net.Http.Headers;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

/// <summary>A version has addresses of its own, which go on naming the same content.</summary>
public sealed class VersionTests
{
    [Fact]
    public async Task An_earlier_version_is_listed_and_delivered_under_the_same_licence_until_it_falls_out()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        var (content, version) = (gate.World.Content["small.bin"], VersionId.From(gate.World.NextId()));
        gate.Server.Publish(FeedKind.Version, version.ToString(), gate.World.Described(version));
        gate.World.Publish(("other.bin", 500));
        gate.World.Content.Remove("small.bin");
        gate.World.Announce();
        await gate.Until(async g => (await g.Get("small.bin", token)).Status == HttpStatusCode.NotFound);

        var listed = await Get(gate, $"/v/{version}/", null);
        var file = await Get(gate, $"/v/{version}/small.bin", token);
        var head = await Get(gate, $"/v/{version}/small.bin", null);

        ((string)listed.Json["version_id"]!).ShouldBe(version.ToString());
        ((string)listed.Json["work_id"]!).ShouldBe(gate.World.Work.ToString());
        listed.Json["files"]!.AsArray().ShouldContain(f => (string)f!["url"]! == $"http://gate.test/v/{version}/small.bin");
        file.Bytes.ShouldBe(content);
        head.Status.ShouldBe(HttpStatusCode.PaymentRequired);
        (await Get(gate, $"/v/{version}/other.bin", token)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Get(gate, $"/v/{VersionId.From(gate.World.NextId())}/", null)).Status.ShouldBe(HttpStatusCode.NotFound);

        gate.Server.Publish(FeedKind.Version, version.ToString(), null);
        await gate.Until(async g => (await Get(g, $"/v/{version}/small.bin", token)).Status == HttpStatusCode.NotFound);
    }

    private static Task<Fetched> Get(TestGate gate, string path, string? token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return gate.Send(request);
    }
}
