using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Core.Transparency;

namespace Tallystick.Bench;

/// <summary>
/// From the last byte of a delivery to a receipt that verifies offline, with a real server, a real gate and PostgreSQL:
/// spool, ingest, seal, log, checkpoint, proof.
/// </summary>
internal static class ReceiptBench
{
    private const int Requests = 100;

    public static BenchSuite Suite { get; } = new(["receipt_p99_ms"], Run);

    private static async Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop)
    {
        await using var database = await BenchDatabase.Create("receipt", stop);
        using var folder = new TemporaryFolder();
        await using var server = await MemoryBench.StartServer(database, folder.Path, stop);
        await using var gate = await MemoryBench.StartGate(server.Url, folder.Path, stop);
        using var creator = await SignUp(server, "creator", stop);
        using var buyer = await SignUp(server, "buyer", stop);
        var (work, offer) = await Publish(creator, stop);
        var licence = await Post(buyer, "/v1/licences", new { offer_id = offer }, stop);
        using var pull = new HttpClient { BaseAddress = new Uri(gate.Url) };
        pull.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", licence["token"]!.ToString());
        var keyText = await buyer.GetStringAsync(new Uri("/log/key", UriKind.Relative), stop);
        if (!VerifierKey.TryParse(keyText.Trim(), out var key))
        {
            throw new InvalidOperationException("The log's key cannot be read.");
        }

        var times = new List<double>();
        for (var i = 0; i < Requests; i++)
        {
            times.Add(await Measure(pull, buyer, work, key, stop));
        }

        return
        [
            new BenchResult(
                "receipt_p99_ms", times.Order().ElementAt((Requests * 99 / 100) - 1), "ms", null, null,
                $"{Requests} single requests one after the other, default seal interval, fsync on; median {times.Order().ElementAt(Requests / 2):0} ms"),
        ];
    }

    private static async Task<double> Measure(
        HttpClient pull, HttpClient buyer, string work, VerifierKey key, CancellationToken stop)
    {
        using var delivered = await WhenKnown(pull, $"/w/{work}/one.bin", stop);
        await delivered.Content.ReadAsByteArrayAsync(stop);
        var request = delivered.Headers.GetValues("Tally-Request").Single();
        var watch = Stopwatch.StartNew();
        while (true)
        {
            using var answer = await buyer.GetAsync(new Uri($"/v1/usage-receipts/{request}", UriKind.Relative), stop);
            if (answer.IsSuccessStatusCode)
            {
                var page = await answer.Content.ReadFromJsonAsync<JsonObject>(stop);
                foreach (var receipt in page!["receipts"]!.AsArray())
                {
                    if (ReceiptVerifier.Verify(Encoding.UTF8.GetBytes(receipt!.ToJsonString()), key) is not ReceiptVerdict.Valid)
                    {
                        throw new InvalidOperationException("A receipt does not verify.");
                    }
                }

                return watch.Elapsed.TotalMilliseconds;
            }

            await Task.Delay(5, stop);
        }
    }

    /// <summary>The gate hears of a new work a moment after it was published.</summary>
    private static async Task<HttpResponseMessage> WhenKnown(HttpClient pull, string path, CancellationToken stop)
    {
        for (var attempt = 0; ; attempt++)
        {
            var answer = await pull.GetAsync(new Uri(path, UriKind.Relative), stop);
            if (answer.IsSuccessStatusCode || attempt == 100)
            {
                return answer.EnsureSuccessStatusCode();
            }

            answer.Dispose();
            await Task.Delay(100, stop);
        }
    }

    private static async Task<(string Work, string Offer)> Publish(HttpClient creator, CancellationToken stop)
    {
        var work = (await Post(creator, "/v1/works", new
        {
            title = "Bench",
            description = "Measured",
            source = new { name = "Bench", licence = "CC0-1.0", url = "https://example.org/" },
        }, stop))["work_id"]!.ToString();
        var version = (await Post(creator, $"/v1/works/{work}/versions", null, stop))["version_id"];
        using var content = new ByteArrayContent(new byte[10_000]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var uploaded = await creator.PutAsync(
            new Uri($"/v1/works/{work}/versions/{version}/files/one.bin", UriKind.Relative), content, stop);
        uploaded.EnsureSuccessStatusCode();
        await Post(creator, $"/v1/works/{work}/versions/{version}/publish", null, stop);
        var offer = await Post(creator, $"/v1/works/{work}/offers", new
        {
            terms = new { rights_scope = new[] { "ai-train" }, valid_days = 30, refund_days = 0 },
            price = new { amount = new { minor = 0, currency = "USD" } },
        }, stop);
        return (work, offer["offer_id"]!.ToString());
    }

    private static async Task<HttpClient> SignUp(MeasuredProcess server, string role, CancellationToken stop)
    {
        var client = new HttpClient { BaseAddress = new Uri(server.Url) };
        var made = await Post(client, "/v1/organisations", new
        {
            name = role,
            email = $"{role}@bench.example",
            password = "correct horse battery",
            roles = new[] { role },
        }, stop);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made["api_key"]!.ToString());
        return client;
    }

    private static async Task<JsonObject> Post(HttpClient client, string path, object? body, CancellationToken stop)
    {
        using var answer = await client.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(text)!.AsObject()
            : throw new InvalidOperationException($"{path}: {text}");
    }
}
