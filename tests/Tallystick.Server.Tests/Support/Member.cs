using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;

namespace Tallystick.Server.Tests.Support;

/// <summary>An organisation that signed up over HTTP, and a client with its API key.</summary>
internal sealed record Member(OrganisationId Organisation, PersonId Person, string Email, string ApiKey, HttpClient Http)
{
    public const string Password = "correct horse battery";
    private static int _count;

    public static Task<Member> Creator(TestServer server) => SignUp(server, "creator");

    public static Task<Member> Buyer(TestServer server) => SignUp(server, "buyer");

    public static async Task<Member> SignUp(TestServer server, params string[] roles)
    {
        var number = Interlocked.Increment(ref _count);
        var email = $"person{number}@example.org";
        using var client = server.Client();
        var answer = await client.PostAsJsonAsync(
            "/v1/organisations",
            new { name = $"{roles[0]} {number}", email, password = Password, roles },
            TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.Created);
        var made = (await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!;
        var key = (string)made["api_key"]!;
        return new(
            OrganisationId.Parse((string)made["organisation_id"]!),
            PersonId.Parse((string)made["person_id"]!),
            email,
            key,
            server.Client(key));
    }
}

internal static class HttpAnswers
{
    /// <summary>The JSON object of an answer, whose status must be the one expected.</summary>
    public static async Task<JsonObject> Json(this Task<HttpResponseMessage> sending, int status = 200)
    {
        using var answer = await sending;
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(status, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>The last part of a problem's type, with the status expected.</summary>
    public static async Task<string> Problem(this Task<HttpResponseMessage> sending, int status)
    {
        var problem = await sending.Json(status);
        return ((string)problem["type"]!).Split('/')[^1];
    }
}
