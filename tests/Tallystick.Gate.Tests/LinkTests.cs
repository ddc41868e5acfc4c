using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Tallystick.Core.Gates;
using Tallystick.Core.Licences;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

/// <summary>A link opens one file for a short time, for whoever cannot send a header; it is paid for and ends as its licence does.</summary>
public sealed class LinkTests
{
    [Fact]
    public async Task A_link_opens_its_file_whole_and_in_ranges_and_is_charged_to_its_licence()
    {
        await using var gate = await TestGate.Start(before: AccessKey);
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);
        var link = Link(gate, claims, "small.bin");

        (await Ask(gate, HttpMethod.Get, link)).Bytes.ShouldBe(gate.World.Content["small.bin"]);
        var part = await Ask(gate, HttpMethod.Get, link, ("Range", "bytes=10-19"));
        part.Status.ShouldBe(HttpStatusCode.PartialContent);
        var head = await Ask(gate, HttpMethod.Head, link);
        head.Status.ShouldBe(HttpStatusCode.OK);
        head.Header("Content-Length").ShouldBe("10000");
        head.Header("Referrer-Policy").ShouldBe("no-referrer");

        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(10_010);
    }

    [Fact]
    public async Task It_opens_nothing_else_and_ends_with_its_time_and_with_its_licence()
    {
        await using var gate = await TestGate.Start(before: AccessKey);
        var claims = gate.World.Claims(gate.World.Once);
        var token = Token(gate, claims, gate.World.UrlOf("small.bin"));

        (await Ask(gate, HttpMethod.Get, $"{gate.World.UrlOf("large.bin")}?access_token={token}")).Problem.ShouldBe("link-wrong-file");
        // Also where a token for the whole work would stand.
        (await gate.Get("large.bin", token)).Problem.ShouldBe("link-wrong-file");
        (await Ask(gate, HttpMethod.Get, Link(gate, claims, "small.bin", World.Now - 120))).Problem.ShouldBe("licence-expired");
        (await Ask(gate, HttpMethod.Head, Link(gate, claims, "small.bin", World.Now - 120))).Status.ShouldBe(HttpStatusCode.Unauthorized);

        var link = $"{gate.World.UrlOf("small.bin")}?access_token={token}";
        (await Ask(gate, HttpMethod.Get, link)).Status.ShouldBe(HttpStatusCode.OK);
        gate.Server.Publish(FeedKind.LicenceStatus, claims.Jti.ToString(), new FeedLicenceStatus(claims.Jti, LicenceStatus.Invalid, "Refunded."));
        await gate.Until(async g => (await Ask(g, HttpMethod.Get, link)).Status == HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task What_opens_more_than_a_file_is_not_taken_from_a_url_nor_two_credentials()
    {
        await using var gate = await TestGate.Start(before: AccessKey);
        var claims = gate.World.Claims(gate.World.Once);
        var url = gate.World.UrlOf("small.bin");
        var link = Link(gate, claims, "small.bin");

        var licence = await Ask(gate, HttpMethod.Get, $"{url}?access_token={gate.World.Token(claims)}");
        licence.Status.ShouldBe(HttpStatusCode.Unauthorized);
        licence.Problem.ShouldBe("token-not-for-urls");
        (await Ask(gate, HttpMethod.Get, $"{link}&{link.Split('?')[1]}")).Problem.ShouldBe("licence-not-valid");
        (await Ask(gate, HttpMethod.Get, link, ("Authorization", $"Bearer {gate.World.Token(claims)}"))).Problem.ShouldBe("licence-not-valid");
        (await Ask(gate, HttpMethod.Get, $"{url}?access_token=")).Problem.ShouldBe("licence-not-valid");
        (await Ask(gate, HttpMethod.Get, $"{url}?download=1")).Problem.ShouldBe("licence-required");
        (await Ask(gate, HttpMethod.Get, $"{link}&download=1")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_link_stands_in_no_trace()
    {
        var tags = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => tags.Enqueue(activity.DisplayName + string.Join(' ', activity.TagObjects.Select(t => t.Value))),
        };
        ActivitySource.AddActivityListener(listener);
        await using var gate = await TestGate.Start(before: AccessKey);
        var link = Link(gate, gate.World.Claims(gate.World.Once), "small.bin");

        (await Ask(gate, HttpMethod.Get, link)).Status.ShouldBe(HttpStatusCode.OK);

        await gate.Until(() => !tags.IsEmpty);
        tags.ShouldAllBe(t => !t.Contains(link.Split('=')[1], StringComparison.Ordinal));
    }

    private static void AccessKey(TestGate gate) =>
        gate.Server.Publish(FeedKind.SigningKey, "key-a", World.PublicKey(gate.World.Key, "key-a", "access"));

    private static string Link(TestGate gate, LicenceClaims claims, string path, long? expires = null) =>
        $"{gate.World.UrlOf(path)}?access_token={Token(gate, claims, gate.World.UrlOf(path), expires)}";

    private static string Token(TestGate gate, LicenceClaims of, string path, long? expires = null) => LicenceToken.Sign(
        new AccessClaims(
            of.Iss, of.Sub, of.Aud, of.Jti.ToString(), "link-1", World.Now - 600, expires ?? World.Now + 300, of.Jti, of.ContentId,
            of.OfferId, of.RightsScope, of.MaxUses, of.Terms, new LinkTarget(new LinkMatch(path))),
        gate.World.Key,
        "key-a");

    private static async Task<Fetched> Ask(TestGate gate, HttpMethod method, string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, url);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await gate.Send(request);
    }
}
