using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

public sealed class HeaderTests
{
    [Fact]
    public async Task No_answer_of_a_gate_runs_as_a_page_of_its_origin()
    {
        await using var gate = await TestGate.Start([("sub/page é.html", 200_000), ("small.bin", 100)]);
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        using var browser = gate.World.Get("small.bin", null);
        browser.Headers.TryAddWithoutValidation("Accept", "text/html");
        using var preflight = new HttpRequestMessage(HttpMethod.Options, gate.World.UrlOf("small.bin"));
        using var health = new HttpRequestMessage(HttpMethod.Get, "/health/ready");
        using var nothing = new HttpRequestMessage(HttpMethod.Get, "/elsewhere");
        using var list = new HttpRequestMessage(HttpMethod.Get, $"/w/{gate.World.Work}/");

        var whole = await gate.Get("sub/page%20%C3%A9.html", token);
        var part = await gate.Get("small.bin", token, "bytes=0-0");
        Fetched[] all =
        [
            whole, part, await gate.Get("small.bin", token, "bytes=1000-"), await gate.Get("small.bin", null), await gate.Send(browser),
            await gate.Send(preflight), await gate.Send(health), await gate.Send(nothing), await gate.Send(list),
        ];

        whole.Status.ShouldBe(HttpStatusCode.OK);
        part.Status.ShouldBe(HttpStatusCode.PartialContent);
        foreach (var answer in all)
        {
            answer.Header("X-Content-Type-Options").ShouldBe("nosniff");
            answer.Header("Content-Security-Policy").ShouldNotBeNull().ShouldContain("default-src 'none'");
            answer.Header("Content-Security-Policy")!.ShouldContain("frame-ancestors 'none'");
            answer.Header("Referrer-Policy").ShouldBe("no-referrer");
            answer.Header("Server").ShouldBeNull();
        }

        whole.Header("Content-Disposition").ShouldBe("attachment; filename*=UTF-8''page%20%C3%A9.html");
        part.Header("Content-Disposition").ShouldBe("attachment; filename*=UTF-8''small.bin");
        whole.Header("Content-Security-Policy")!.ShouldContain("sandbox");
    }

    [Fact]
    public async Task The_offers_of_a_work_stand_ready_and_change_only_with_its_own()
    {
        await using var gate = await TestGate.Start();
        var catalog = gate.Services.GetRequiredService<Feed.Catalog>();
        var before = catalog.OnSale(gate.World.Work);
        before.Count.ShouldBe(3);
        var other = WorkId.From(gate.World.NextId());
        var ids = Enumerable.Range(0, 50).Select(_ => OfferId.From(gate.World.NextId())).ToList();
        foreach (var id in ids)
        {
            gate.Server.Publish(FeedKind.Offer, id.ToString(), Offer(id, other, onSale: true));
        }

        await gate.Until(() => catalog.OnSale(other).Count == ids.Count);

        // The same object: nothing was looked through to answer, however many others there are.
        catalog.OnSale(gate.World.Work).ShouldBeSameAs(before);
        catalog.OnSale(other).Select(o => o.OfferId).ShouldBe(ids.OrderBy(i => i.Value));
        gate.Server.Publish(FeedKind.Offer, ids[0].ToString(), Offer(ids[0], other, onSale: false));
        gate.Server.Publish(FeedKind.Offer, ids[1].ToString(), null);
        await gate.Until(() => catalog.OnSale(other).Count == ids.Count - 2);
        catalog.TryOffer(ids[0], out _).ShouldBeTrue();
        await gate.Until(() => !catalog.TryOffer(ids[1], out _));
    }

    private static FeedOffer Offer(OfferId id, WorkId work, bool onSale) => new(
        id, work, new Price(new Money(1, Currency.Usd), Meter.None, 1), new Terms(["ai-train"], [], 30, null, [], false, 0),
        "One more.", "https://pay.example/o", onSale);
}
