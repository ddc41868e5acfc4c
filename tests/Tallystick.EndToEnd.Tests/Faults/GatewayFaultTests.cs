namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>The same story while the payment gateway, or the way to it, misbehaves.</summary>
public sealed class GatewayFaultTests
{
    [Fact]
    public Task Every_webhook_comes_three_times() => Tell(stripe => stripe.Form("/_sim/webhooks", ("copies", "3")));

    [Fact]
    public Task No_webhook_comes_until_all_is_over_and_then_they_come_in_reverse() => Tell(
        stripe => stripe.Form("/_sim/webhooks", ("mode", "hold")),
        stripe => stripe.Form("/_sim/webhooks/release", ("order", "reverse")));

    [Fact]
    public Task The_gateway_does_its_work_and_its_answers_are_lost() => Tell(async stripe =>
    {
        foreach (var path in (string[])["/v1/checkout/sessions", "/v1/refunds", "/v1/transfers"])
        {
            // As many as one call tries: the outcome is unknown to the caller, and has to be asked for.
            await stripe.Form(
                "/_sim/faults", ("kind", "timeout_after"), ("path", path), ("method", "POST"), ("count", "2"), ("delay_ms", "10000"));
        }
    });

    [Fact]
    public Task The_gateway_breaks_before_it_does_anything() => Tell(async stripe =>
    {
        foreach (var path in (string[])["/v1/checkout/sessions", "/v1/refunds", "/v1/transfers"])
        {
            await stripe.Form("/_sim/faults", ("kind", "error_before"), ("path", path), ("method", "POST"), ("count", "2"));
        }
    });

    private static async Task Tell(Func<Calls, Task> before, Func<Calls, Task>? after = null)
    {
        await using var stage = await Stage.Open();
        using var story = new Story(stage.Place);
        await story.Prepare();
        var checkpoint = await Truth.Checkpoint(story);
        stage.Gate.Begin();
        await before(story.Stripe);

        await story.Run();
        await Truth.Holds(stage.Place, story, checkpoint);
        if (after is not null)
        {
            await after(story.Stripe);
            await Calls.Until(
                () => stage.Place.Number("select count(*) from payments.inbound where state = 'received' or received_at > now() - interval '3 seconds'"),
                waiting => waiting == 0,
                "webhooks that were worked out");
            await Truth.Holds(stage.Place, story, checkpoint);
        }

        (stage.Server.Deaths + stage.Gate.Deaths).ShouldBe(0);
    }
}
