namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>Licences whose time is over or that were taken back, and clocks that disagree about it.</summary>
public sealed class ValidityTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task The_whole_story_holds_with_a_gate_whose_clock_is_off_by(int minutes)
    {
        WrongClock.SkipWithout();
        await using var stage = await Stage.Open();
        using var story = new Story(stage.Place);
        await story.Prepare();
        var before = await Truth.Checkpoint(story);
        stage.Gate.Begin(clockAhead: TimeSpan.FromMinutes(minutes));

        await story.Run();

        await Truth.Holds(stage.Place, story, before);
        using var gate = new Calls(stage.Place.GateUrl);
        var offset = (long)(await gate.Get("/health/ready"))["clock_offset_seconds"]!;
        offset.ShouldBeInRange((-minutes * 60) - 30, (-minutes * 60) + 30, "the gate knows how far it is off");
    }

    [Fact]
    public async Task An_expired_licence_is_refused_until_it_is_renewed()
    {
        WrongClock.SkipWithout();
        await using var stage = await Stage.Open();
        using var story = new Story(stage.Place);
        await story.Prepare();
        stage.Gate.Begin();
        var token = await story.MeteredLicence();
        await Calls.Until(() => story.Head(token), a => a.Status == 200, "a gate that knows the work");

        // The licence is good for 30 days, and nobody uses it until then.
        var later = TimeSpan.FromDays(31);
        await stage.Gate.End();
        await stage.Server.End();
        stage.Server.Begin(clockAhead: later);
        stage.Gate.Begin(clockAhead: later);

        var refused = await Calls.Until(() => story.Head(token, get: true), a => a.Status == 401, "a refusal");
        refused.Problem.ShouldBe("licence-expired");
        var renewed = await story.Server.Post($"/v1/licences/{story.Licence}/renew", story.Buyer, null);
        // A gate that was away for so long delivers nothing until it has heard all that its server has to say.
        var answer = await Calls.Until(
            () => story.Head((string)renewed["token"]!), a => a.Status is not (401 or 503), "the key of the new token");
        answer.Status.ShouldBe(200);
        (await story.Head(token, get: true)).Problem.ShouldBe("licence-expired", "the old token says what it said");
    }

    [Fact]
    public async Task A_revoked_licence_stays_revoked_at_a_gate_that_starts_without_its_server()
    {
        await using var stage = await Stage.Open();
        using var story = new Story(stage.Place);
        await story.Prepare();
        stage.Gate.Begin();
        var (revoked, other) = (await story.MeteredLicence(), await story.MeteredLicence(remember: false));
        foreach (var token in (string[])[revoked, other])
        {
            await Calls.Until(() => story.Head(token), a => a.Status == 200, "a gate that knows the work");
        }

        await story.Server.Post($"/v1/licences/{story.Licence}/revoke", story.Buyer, new { reason = "Bought by mistake." });
        // Until the feed brings the reason, the server's refusal to grant a lease is all that the gate knows.
        await Calls.Until(() => story.Head(revoked, get: true), a => a.Problem == "licence-revoked", "the revocation");
        await stage.Server.End();
        await stage.Gate.End();
        stage.Gate.Begin();

        var alone = await Calls.Until(() => story.Head(revoked, get: true), a => a.Status != 0, "a gate that answers");
        alone.Problem.ShouldBe("licence-revoked");
        (await story.Head(other)).Status.ShouldBe(200, "nobody else is shut out");
    }
}
