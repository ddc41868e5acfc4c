namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>The same story while the payment gateway, or the way to it, misbehaves.</summary>
public sealed class GatewayFaultTests
{
    [Fact]
    public Task Every_webhook_comes_three_times() => Tell(stripe => stripe.Form("/_sim/webhooks", ("copies", "3")));

    [Fact]
    public Task No_webhook_comes_until_all_is_over_and_then_each_comes_twice_in_reverse() => Tell(
        stripe => stripe.Form("/_sim/webhooks", ("mode", "hold"), ("copies", "2")),
        stripe => stripe.Form("/_sim/webhooks/release", ("order", "reverse")));

    [Fact]
    public async Task The_gateway_dies_again_and_again_and_knows_afterwards_what_it_did()
    {
        await using var stage = await Stage.Open();
        using var story = new Story(stage.Place);
        await story.Prepare();
        var checkpoint = await Truth.Checkpoint(story);
        stage.Gate.Begin();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var killing = KillEvery(TimeSpan.FromSeconds(2), stage.Stripe, story.Stripe, over.Token);

        await story.Run();
        await over.CancelAsync();
        await killing;

        await Truth.Holds(stage.Place, story, checkpoint);
        stage.Stripe.Deaths.ShouldBeGreaterThan(1);
        (stage.Server.Deaths + stage.Gate.Deaths).ShouldBe(0);
    }

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

    /// <summary>Signed rightly, but what says that it was signed long ago may be a recording: it is refused and changes nothing.</summary>
    private static async Task OneThatIsAnHourOld(Place place, Story story)
    {
        const string refused = "select count(*) from payments.inbound where state = 'refused'";
        var before = await place.Number(refused);
        var listed = await story.Server.Get("/v1/webhooks/inbound?limit=1", place.OperatorKey);
        var last = listed["items"]!.AsArray()[0]!;
        await story.Stripe.Form("/_sim/webhooks/send", ("event", (string)last["event_id"]!), ("age_seconds", "3600"));
        await Calls.Until(() => place.Number(refused), n => n > before, "an old webhook that was refused");
    }

    private static async Task KillEvery(TimeSpan period, Supervised victim, Calls asked, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            victim.Die();
            // A program that never gets to start would make no progress, and neither would the story.
            await asked.Get("/_sim/totals");
            await Task.Delay(period, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

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

        await OneThatIsAnHourOld(stage.Place, story);
        await Truth.Holds(stage.Place, story, checkpoint);
        (stage.Server.Deaths + stage.Gate.Deaths).ShouldBe(0);
    }
}
