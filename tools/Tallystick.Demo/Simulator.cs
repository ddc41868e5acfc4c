using System.Text.Json.Nodes;

namespace Tallystick.Demo;

/// <summary>
/// The other side of the payments: what buyers, banks and time would do. It is the simulator's door for tests; the
/// server knows only its ordinary wire protocol.
/// </summary>
internal sealed class Simulator(Uri address) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public void Dispose() => _http.Dispose();

    /// <summary>The buyer enters a card at the checkout.</summary>
    public Task Pay(string checkoutUrl, CancellationToken stop) =>
        Post($"_sim/sessions/{checkoutUrl[(checkoutUrl.LastIndexOf('/') + 1)..]}/pay", stop);

    /// <summary>The creator gives identity and bank account on the gateway's pages.</summary>
    public Task Onboard(string account, CancellationToken stop) => Post($"_sim/accounts/{account}/onboard", stop);

    /// <summary>Days pass: what cards paid becomes available.</summary>
    public Task Settle(CancellationToken stop) => Post("_sim/settle", stop);

    /// <summary>Delivers an event once more; answers the status that the server gave.</summary>
    public async Task<int> SendAgain(string eventId, CancellationToken stop) =>
        (await Post("_sim/webhooks/send", stop, ("event", eventId)))["answers"]![0]!.GetValue<int>();

    /// <summary>What really moved at the gateway, per account and currency.</summary>
    public async Task<JsonObject> Totals(CancellationToken stop) =>
        JsonNode.Parse(await _http.GetStringAsync(new Uri(address, "_sim/totals"), stop))!.AsObject();

    private async Task<JsonObject> Post(string path, CancellationToken stop, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        using var answer = await _http.PostAsync(new Uri(address, path), form, stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(text)!.AsObject()
            : throw new DemoException($"The payment simulator refused {path}: {text}");
    }
}
