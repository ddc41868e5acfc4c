using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;

namespace Tallystick.Server.Tests.Support;

/// <summary>Licences got and used over HTTP, as a buyer would.</summary>
internal static class LicenceCalls
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<(LicenceId Id, string Token)> Licence(this Member buyer, OfferId offer)
    {
        var made = await buyer.Http.PostAsJsonAsync("/v1/licences", new { offer_id = offer.ToString() }, Stop).Json(201);
        return (LicenceId.Parse((string)made["licence_id"]!), (string)made["token"]!);
    }

    public static Task<JsonObject> Introspect(this HttpClient client, string token) =>
        client.Form("/oauth/introspect", ("token", token)).Json();

    public static Task<JsonObject> Exchange(this HttpClient client, string licence) => client.Form(
        "/oauth/token",
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", licence),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")).Json();

    public static async Task<HttpResponseMessage> Form(
        this HttpClient client, string path, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        return await client.PostAsync(path, form, Stop);
    }

    public static Task<HttpResponseMessage> Revoke(this Member member, LicenceId licence, string reason = "Misuse.") =>
        member.Http.PostAsJsonAsync($"/v1/licences/{licence}/revoke", new { reason }, Stop);
}
