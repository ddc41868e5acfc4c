using System.Net;
using System.Net.Http.Json;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Tests.Pages;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Accounts;

/// <summary>Who operates: credentials with the scope, and always somebody.</summary>
public sealed class OperatorTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_of_the_operator_without_the_scope_operate_opens_nobody_elses_things()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var (id, token) = await buyer.Licence(await creator.MeteredOffer(work));
        using var operate = server.Client(TestServer.OperatorKey);
        var all = Scope.All.Where(s => s != Scope.Operate).ToArray();
        var made = await operate.PostAsJsonAsync("/v1/api-keys", new { name = "all but one", scopes = all }, Stop).Json(201);
        using var narrow = server.Client((string)made["api_key"]!);

        (await narrow.GetAsync($"/v1/licences/{id}", Stop).Problem(404)).ShouldBe("not-found");
        (await narrow.PostAsJsonAsync($"/v1/licences/{id}/revoke", new { reason = "Because." }, Stop).Problem(404)).ShouldBe("not-found");
        (await narrow.Form("/oauth/revoke", ("token", token)).Problem(403)).ShouldBe("forbidden");
        (await narrow.Introspect(token)).ToJsonString().ShouldBe("""{"active":false}""");
        (await narrow.GetAsync($"/v1/works/{work}/royalty-rules", Stop)).StatusCode.ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed);
        (await narrow.GetAsync("/v1/payouts", Stop).Json())["items"]!.AsArray().ShouldBeEmpty();

        // With the scope, as before.
        (await operate.GetAsync($"/v1/licences/{id}", Stop).Json())["licence_id"]!.ToString().ShouldBe(id.ToString());
        await operate.PostAsJsonAsync($"/v1/licences/{id}/revoke", new { reason = "Because." }, Stop).Json();
    }

    [Fact]
    public async Task An_operator_who_signed_in_operates()
    {
        await using var server = await TestServer.Start(postgres, new()
        {
            ["Accounts:OperatorEmail"] = "op@example.org", ["Accounts:OperatorPassword"] = Member.Password,
        });
        using var visitor = await Visitor.SignedIn(server, "op@example.org");

        (await visitor.Page("/operator")).ShouldContain("Operator");
        (await visitor.Http.GetAsync("/metrics", Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_address_of_the_operator_that_somebody_else_signs_in_with_is_refused_at_the_start()
    {
        var database = await postgres.NewDatabase();
        Dictionary<string, string?> Named(string email) => new()
        {
            ["Accounts:OperatorEmail"] = email, ["Accounts:OperatorPassword"] = Member.Password,
        };
        string taken;
        await using (var before = await TestServer.Start(postgres, Named("op@example.org"), database))
        {
            taken = (await Member.Creator(before)).Email;
        }

        var refused = await Should.ThrowAsync<InvalidConfigurationException>(
            () => TestServer.Start(postgres, Named(taken), database));
        await using var after = await TestServer.Start(postgres, Named("op@example.org"), database);
        using var still = await Visitor.SignedIn(after, "op@example.org");

        refused.Message.ShouldContain("Tally:Accounts:OperatorEmail");
        (await still.Page("/operator")).ShouldContain("Operator");
    }

    [Fact]
    public async Task A_key_of_the_operator_that_is_somebody_elses_is_refused_at_the_start()
    {
        var database = await postgres.NewDatabase();
        string taken;
        await using (var before = await TestServer.Start(postgres, database: database))
        {
            taken = (await Member.Creator(before)).ApiKey;
        }

        var refused = await Should.ThrowAsync<InvalidConfigurationException>(
            () => TestServer.Start(postgres, new() { ["Accounts:OperatorKey"] = taken }, database));

        refused.Message.ShouldContain("Tally:Accounts:OperatorKey");
    }

    [Fact]
    public async Task What_the_configuration_names_no_more_ends_and_an_installation_without_an_operator_says_so()
    {
        var database = await postgres.NewDatabase();
        await using (var before = await TestServer.Start(
            postgres,
            new() { ["Accounts:OperatorEmail"] = "op@example.org", ["Accounts:OperatorPassword"] = Member.Password },
            database))
        {
            using var visitor = await Visitor.SignedIn(before, "op@example.org");
        }

        using var log = new LogRecorder();
        await using var after = await TestServer.Start(
            postgres, new() { ["Accounts:OperatorKey"] = null }, database, log: log);
        using var former = after.Client(TestServer.OperatorKey);
        using var answer = await former.GetAsync("/v1/organisations/me", Stop);

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await after.Database.QueryOne<long>(
            "select count(*) from accounts.person p join accounts.organisation o on o.id = p.organisation_id where 'operator' = any(o.roles)",
            null,
            Stop)).ShouldBe(0);
        log.Lines.ShouldContain(l => l.Contains("Nobody can sign in as the operator") && l.Contains("OperatorPassword"));
    }
}
