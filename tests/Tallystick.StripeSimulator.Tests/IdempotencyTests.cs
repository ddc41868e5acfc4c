using System.Net;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

public sealed class IdempotencyTests
{
    [Fact]
    public async Task The_same_request_gets_the_first_response_again()
    {
        await using var sim = await Sim.StartAsync();
        var first = await sim.Post("/v1/customers", "email=a@example.com&name=A", key: "k1");
        var again = await sim.Post("/v1/customers", "name=A&email=a%40example.com", key: "k1");
        again.Json.ToJsonString().ShouldBe(first.Json.ToJsonString());
        again.Header("Idempotent-Replayed").ShouldBe("true");
        again.Header("Original-Request").ShouldBe(first.Header("Request-Id"));
        (await sim.Get("/v1/customers")).Json["data"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("/v1/customers", "email=b@example.com")]
    [InlineData("/v1/accounts", "email=a@example.com")]
    public async Task A_key_used_for_something_else_is_refused(string path, string form)
    {
        await using var sim = await Sim.StartAsync();
        await sim.Post("/v1/customers", "email=a@example.com", key: "k1");
        var refused = await sim.Post(path, form, key: "k1");
        refused.Status.ShouldBe(HttpStatusCode.BadRequest);
        refused.Error["type"]!.GetValue<string>().ShouldBe("idempotency_error");
    }

    [Fact]
    public async Task An_error_is_kept_and_repeated_like_a_success()
    {
        await using var sim = await Sim.StartAsync();
        var creator = await sim.Creator();
        var form = $"amount=500&currency=usd&destination={creator}";
        var refused = await sim.Post("/v1/transfers", form, key: "k1");
        refused.Error["code"]!.GetValue<string>().ShouldBe("balance_insufficient");
        await sim.Charge(1000);
        (await sim.Post("/v1/transfers", form, key: "k1")).Error["code"]!.GetValue<string>().ShouldBe("balance_insufficient");
        (await sim.Post("/v1/transfers", form, key: "k2")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_request_refused_before_any_work_leaves_its_key_free()
    {
        await using var sim = await Sim.StartAsync();
        (await sim.Post("/v1/customers", "colour=red", key: "k1")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await sim.Post("/v1/customers", "email=a@example.com", key: "k1")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_in_use_by_a_request_that_still_runs_conflicts()
    {
        await using var sim = await Sim.StartAsync();
        await sim.Act("faults", "kind=delay&path=/v1/customers&delay_ms=1500");
        var slow = sim.Post("/v1/customers", "", key: "k1");
        await Task.Delay(300, TestContext.Current.CancellationToken);
        var conflict = await sim.Post("/v1/customers", "", key: "k1");
        conflict.Status.ShouldBe(HttpStatusCode.Conflict);
        conflict.Error["code"]!.GetValue<string>().ShouldBe("idempotency_key_in_use");
        (await slow).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Accounts_have_keys_of_their_own_and_a_key_is_forgotten_after_a_day()
    {
        await using var sim = await Sim.StartAsync();
        var creator = await sim.Creator();
        var mine = await sim.Post("/v1/customers", "", key: "k1");
        (await sim.Post("/v1/customers", "", key: "k1", account: creator)).Id.ShouldNotBe(mine.Id);
        await sim.Act("clock/advance", "seconds=86400");
        (await sim.Post("/v1/customers", "", key: "k1")).Id.ShouldNotBe(mine.Id);
        (await sim.Post("/v1/customers", "", key: new string('x', 256))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }
}
