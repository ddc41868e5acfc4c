using System.Net;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

/// <summary>Faults of the wire: what was done must be found by asking, and a retry with the same key must not repeat it.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("timeout_before", 0)]
    [InlineData("timeout_after", 1)]
    [InlineData("reset_after", 1)]
    public async Task A_lost_answer_hides_whether_the_work_was_done(string kind, int done)
    {
        await using var sim = await Sim.StartAsync();
        await sim.Act("faults", $"kind={kind}&method=POST&path=/v1/customers&delay_ms=200");
        await Should.ThrowAsync<HttpRequestException>(() => sim.Post("/v1/customers", "name=A", key: "k1"));
        (await sim.Get("/v1/customers")).Json["data"]!.AsArray().Count.ShouldBe(done);
        await sim.Post("/v1/customers", "name=A", key: "k1");
        (await sim.Get("/v1/customers")).Json["data"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("error_before", 500, 0)]
    [InlineData("error_after", 500, 1)]
    [InlineData("rate_limit", 429, 0)]
    public async Task An_error_answer_hides_whether_the_work_was_done(string kind, int status, int done)
    {
        await using var sim = await Sim.StartAsync();
        await sim.Act("faults", $"kind={kind}&method=POST&path=/v1/cust*");
        ((int)(await sim.Post("/v1/customers", "name=A", key: "k1")).Status).ShouldBe(status);
        (await sim.Get("/v1/customers")).Json["data"]!.AsArray().Count.ShouldBe(done);
        (await sim.Post("/v1/customers", "name=A", key: "k1")).Status.ShouldBe(HttpStatusCode.OK);
        (await sim.Get("/v1/customers")).Json["data"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_stored_error_is_repeated_although_the_work_was_done()
    {
        await using var sim = await Sim.StartAsync();
        await sim.Act("faults", "kind=error_stored&path=/v1/customers");
        ((int)(await sim.Post("/v1/customers", "name=A", key: "k1")).Status).ShouldBe(500);
        ((int)(await sim.Post("/v1/customers", "name=A", key: "k1")).Status).ShouldBe(500);
        (await sim.Get("/v1/customers")).Json["data"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_fault_hits_as_often_as_it_was_told_and_can_be_taken_back()
    {
        await using var sim = await Sim.StartAsync();
        await sim.Act("faults", "kind=rate_limit&path=/v1/balance&count=2");
        ((int)(await sim.Get("/v1/balance")).Status).ShouldBe(429);
        ((int)(await sim.Get("/v1/balance")).Status).ShouldBe(429);
        (await sim.Get("/v1/balance")).Status.ShouldBe(HttpStatusCode.OK);
        await sim.Act("faults", "kind=rate_limit&path=/v1/balance");
        await sim.Send(HttpMethod.Delete, "/_sim/faults", null, null, null, null);
        (await sim.Get("/v1/balance")).Status.ShouldBe(HttpStatusCode.OK);
    }
}
