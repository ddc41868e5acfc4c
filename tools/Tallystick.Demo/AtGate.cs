using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Demo;

/// <summary>What a gate answered.</summary>
internal sealed record Answer(HttpStatusCode Status, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Last part of the problem's type, and its detail.</summary>
    public (string? Kind, string? Detail) Problem => JsonNode.Parse(Text) is JsonObject problem
        ? (problem["type"]?.ToString().Split('/')[^1], problem["detail"]?.ToString())
        : (null, null);
}

/// <summary>Plain HTTP to the gate, as any client would speak it; counts what arrives.</summary>
internal sealed class AtGate(World world) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = world.WorkAtGate, Timeout = TimeSpan.FromSeconds(30) };

    public void Dispose() => _http.Dispose();

    /// <summary>One file, whole or from an offset; counted when it arrived whole.</summary>
    public async Task<Answer> Get(Licence licence, string path, string pass, CancellationToken stop, long from = 0)
    {
        using var request = Request(licence, path, pass);
        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
        }

        using var response = await _http.SendAsync(request, stop);
        var answer = new Answer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(stop));
        if (response.IsSuccessStatusCode)
        {
            world.Count(licence.LicenceId, answer.Body.Length, 0);
            world.LastRequest = RequestId.Parse(response.Headers.GetValues("Tally-Request").Single(), null);
        }

        return answer;
    }

    /// <summary>Reads the first bytes of a file and then hangs up.</summary>
    public async Task<(byte[] Start, long SizeBytes)> Abort(
        Licence licence, string path, string pass, int afterBytes, CancellationToken stop)
    {
        using var request = Request(licence, path, pass);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(stop);
        var start = new byte[afterBytes];
        await body.ReadExactlyAsync(start, stop);
        return (start, response.Content.Headers.ContentLength ?? 0);
    }

    private static HttpRequestMessage Request(Licence licence, string path, string pass)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", licence.Token);
        request.Headers.Add("Tally-Pass", pass);
        return request;
    }
}
