using System.Net;
using System.Net.Http.Json;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Accounts;

/// <summary>What a key makes has no more than the key, and ends with it.</summary>
public sealed class KeyDescentTests(Postgres postgres)
{
    private static readonly string[] Scopes = ["accounts:write", "catalog:read"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_of_four_seconds_makes_no_key_that_lasts_longer()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var ends = server.Clock.GetUtcNow().AddSeconds(4);
        using var lent = await Make(server, creator.Http, ends);

        var refused = await lent.PostAsJsonAsync("/v1/api-keys", Body(ends.AddSeconds(1)), Stop).Json(400);
        var made = await lent.PostAsJsonAsync("/v1/api-keys", Body(), Stop).Json(201);
        using var child = server.Client((string)made["api_key"]!);
        var before = await Status(child);
        server.Clock.Advance(TimeSpan.FromSeconds(5));

        refused["errors"]!["expires_at"].ShouldNotBeNull();
        ((DateTimeOffset)made["expires_at"]!).ShouldBe(ends, TimeSpan.FromMilliseconds(1));
        before.ShouldBe(HttpStatusCode.OK);
        (await Status(child)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Revoking_a_key_ends_what_it_made_over_generations_and_nothing_else()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var made = await creator.Http.PostAsJsonAsync("/v1/api-keys", Body(), Stop).Json(201);
        using var parent = server.Client((string)made["api_key"]!);
        using var child = await Make(server, parent);
        using var grandchild = await Make(server, child);
        using var sibling = await Make(server, creator.Http);

        (await creator.Http.DeleteAsync($"/v1/api-keys/{(string)made["api_key_id"]!}", Stop)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await Status(parent)).ShouldBe(HttpStatusCode.Unauthorized);
        (await Status(child)).ShouldBe(HttpStatusCode.Unauthorized);
        (await Status(grandchild)).ShouldBe(HttpStatusCode.Unauthorized);
        (await Status(sibling)).ShouldBe(HttpStatusCode.OK);
        (await Status(creator.Http)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_that_ends_itself_makes_none_afterwards_however_the_two_meet()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        for (var round = 0; round < 10; round++)
        {
            var made = await creator.Http.PostAsJsonAsync("/v1/api-keys", Body(), Stop).Json(201);
            using var parent = server.Client((string)made["api_key"]!);
            var ending = creator.Http.DeleteAsync($"/v1/api-keys/{(string)made["api_key_id"]!}", Stop);
            using var answer = await parent.PostAsJsonAsync("/v1/api-keys", Body(), Stop);
            (await ending).Dispose();

            answer.StatusCode.ShouldBeOneOf(HttpStatusCode.Created, HttpStatusCode.Unauthorized);
        }

        (await server.Database.QueryOne<long>(
            """
            select count(*) from accounts.api_key k join accounts.api_key parent on parent.id = k.parent_id
            where parent.revoked_at is not null and k.revoked_at is null
            """,
            null,
            Stop)).ShouldBe(0);
    }

    [Fact]
    public async Task A_changed_key_of_the_operator_ends_what_the_old_one_made()
    {
        var database = await postgres.NewDatabase();
        string made;
        await using (var before = await TestServer.Start(postgres, database: database))
        {
            using var operate = before.Client(TestServer.OperatorKey);
            made = (string)(await operate.PostAsJsonAsync("/v1/api-keys", Body(), Stop).Json(201))["api_key"]!;
        }

        await using var after = await TestServer.Start(
            postgres, new() { ["Accounts:OperatorKey"] = "tsk_another-key-of-the-operator-0123456789" }, database);
        using var child = after.Client(made);

        (await Status(child)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static object Body(DateTimeOffset? expires = null) => new { name = "k", scopes = Scopes, expires_at = expires };

    private static async Task<HttpClient> Make(TestServer server, HttpClient maker, DateTimeOffset? expires = null) =>
        server.Client((string)(await maker.PostAsJsonAsync("/v1/api-keys", Body(expires), Stop).Json(201))["api_key"]!);

    private static async Task<HttpStatusCode> Status(HttpClient client)
    {
        using var answer = await client.GetAsync("/v1/organisations/me", Stop);
        return answer.StatusCode;
    }
}
