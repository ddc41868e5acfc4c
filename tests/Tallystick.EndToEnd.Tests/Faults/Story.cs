using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>
/// From a top-up to the creators' money, as people and their programs do it: they wait, ask again, and repeat what may not
/// have arrived.
/// </summary>
internal sealed class Story(Place place) : IDisposable
{
    public const long TopUpCents = 5_300, GivenBackCents = 300, OnceCents = 1_250, FileBytes = 1_500_000;

    /// <summary>Who takes money back bears what the gateway kept of it: 300 of 5 300, of which it kept 184.</summary>
    public const long GivenBackFeeCents = 10;
    private const string Card = "4000000000000077";
    private const string Password = "correct horse battery";
    private readonly Calls _server = new(place.ServerUrl);
    private readonly Calls _stripe = new(place.StripeUrl);
    private readonly HttpClient _gate = new() { BaseAddress = new Uri(place.GateUrl) };
    private string _ada = "", _ben = "", _buyer = "", _work = "", _metered = "", _once = "", _refundable = "";

    public Calls Server => _server;

    public Calls Stripe => _stripe;

    public string Buyer => _buyer;

    public string Creator => _ada;

    /// <summary>Path of a version of the work that is not published and takes files.</summary>
    public string Draft { get; private set; } = "";

    /// <summary>Told at the beginning of every step of <see cref="Run"/>.</summary>
    public Func<string, Task> Begins { get; set; } = _ => Task.CompletedTask;

    /// <summary>Everything that opens something and was used: it must stand in no log and no trace.</summary>
    public List<string> Secrets { get; } = [Password];

    /// <summary>Sent along with what the buyer does, as a program under tracing does.</summary>
    public string? Traceparent
    {
        get => _server.Traceparent;
        init => _server.Traceparent = value;
    }

    /// <summary>What the buyer's own program counted.</summary>
    public long Received { get; private set; }

    public string Licence { get; private set; } = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>What is there before anything goes wrong: two creators who can be paid, a work, three offers.</summary>
    public async Task Prepare()
    {
        (_ada, var ada) = await SignUp("ada", "creator");
        (_ben, var ben) = await SignUp("ben", "creator");
        (_buyer, _) = await SignUp("buyer", "buyer");
        foreach (var creator in (string[])[_ada, _ben])
        {
            var link = await _server.Post("/v1/payout-account", creator, new { country = "US" });
            await _stripe.Form($"/_sim/onboarding/{Last(link["onboarding_url"])}");
            await Calls.Until(() => _server.Get("/v1/payout-account", creator), a => (string?)a["transfers"] == "active", "a cleared account");
        }

        var work = await _server.Post("/v1/works", _ada, new
        {
            title = "Digits", description = "Digits", source = new { name = "UCI", licence = "CC-BY-4.0", url = "https://example.org/" },
        });
        _work = (string)work["work_id"]!;
        var version = (string)(await _server.Post($"/v1/works/{_work}/versions", _ada, null))["version_id"]!;
        foreach (var file in Files)
        {
            await _server.Upload($"/v1/works/{_work}/versions/{version}/files/{file}", _ada, Content(file));
        }

        await _server.Post($"/v1/works/{_work}/versions/{version}/publish", _ada, null);
        var draft = await _server.Post($"/v1/works/{_work}/versions", _ada, null);
        Draft = $"/v1/works/{_work}/versions/{draft["version_id"]}";
        var rule = new
        {
            payees = new[] { new { organisation_id = ada, share_basis_points = 7_000 }, new { organisation_id = ben, share_basis_points = 3_000 } },
        };
        await _server.PutRefused($"/v1/works/{_work}/royalty-rule", _ada, rule);
        var invitation = (await _server.Get("/v1/royalty-invitations", _ben))["items"]![0]!["invitation_id"];
        await _server.Post($"/v1/royalty-invitations/{invitation}/accept", _ben, null);
        await _server.Put($"/v1/works/{_work}/royalty-rule", _ada, rule);
        _metered = await Offer(new { amount = new { minor = 7, currency = "USD" }, meter = "bytes_delivered", per = 10_000 }, 0);
        _once = await Offer(new { amount = new { minor = OnceCents, currency = "USD" } }, 0);
        _refundable = await Offer(new { amount = new { minor = OnceCents, currency = "USD" } }, 14);
    }

    /// <summary>1 Top up and take some of it back. 2 Buy once. 3 Buy and give back. 4 Pull under a metered licence. 5 Bill. 6 Wait for the payouts.</summary>
    public async Task Run()
    {
        // 1
        await Begins("top up");
        var topUp = await _server.Post("/v1/wallet/top-ups", _buyer, new { amount = new { minor = TopUpCents, currency = "USD" } }, "top-up-1");
        await Pay(topUp);
        await Calls.Until(() => _server.Get("/v1/wallet", _buyer), w => (long)w["balance"]!["minor"]! == TopUpCents, "the top-up");
        await _server.Post("/v1/wallet/refunds", _buyer, new { amount = new { minor = GivenBackCents, currency = "USD" } }, "back-1");
        await Calls.Until(() => _server.Get("/v1/wallet", _buyer), w => (string?)w["refunds"]![0]!["status"] == "refunded", "the wallet's refund");
        // 2
        await Begins("buy");
        await Buy(_once, "buy-once");
        // 3
        await Begins("give back");
        var given = await Buy(_refundable, "buy-refundable");
        await _server.Post($"/v1/purchases/{given}/refund", _buyer, null);
        await Calls.Until(() => _server.Get($"/v1/purchases/{given}", _buyer), p => (string?)p["status"] == "refunded", "the refund");
        // 4
        await Begins("pull");
        var token = await MeteredLicence();
        foreach (var file in Files)
        {
            await Pull(file, token);
        }

        await Settled();
        // 5
        await Begins("bill");
        var run = await _server.Post("/v1/billing-runs", place.OperatorKey, new { up_to = DateTimeOffset.UnixEpoch.AddTicks(Now().Ticks - 10) });
        await Calls.Until(
            () => _server.Get($"/v1/billing-runs/{run["billing_run_id"]}", place.OperatorKey), r => (string?)r["state"] == "closed", "the billing run");
        // 6
        await Calls.Until(
            () => _server.Get("/v1/payouts?limit=200", place.OperatorKey),
            p => p["items"]!.AsArray() is { Count: > 1 } all && all.All(o => (string?)o!["state"] == "paid"),
            "the payouts");
    }

    /// <summary>The token of a new licence that the wallet pays for as it is used.</summary>
    public async Task<string> MeteredLicence(bool remember = true)
    {
        var made = await _server.Post("/v1/licences", _buyer, new { offer_id = _metered });
        Licence = remember ? (string)made["licence_id"]! : Licence;
        Secrets.Add((string)made["token"]!);
        return (string)made["token"]!;
    }

    /// <summary>What the gate says to a token; status 0 when nobody answers.</summary>
    public async Task<(int Status, string? Problem)> Head(string token, bool get = false)
    {
        using var request = new HttpRequestMessage(get ? HttpMethod.Get : HttpMethod.Head, $"/w/{_work}/{Files[0]}");
        request.Headers.Authorization = new("Bearer", token);
        try
        {
            using var answer = await _gate.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
            var problem = get && !answer.IsSuccessStatusCode ? JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop)) : null;
            return ((int)answer.StatusCode, ((string?)problem?["type"])?.Split('/')[^1]);
        }
        catch (Exception away) when (away is HttpRequestException or SocketException)
        {
            return default;
        }
    }

    /// <summary>A crash of the gate may leave this much delivered and not charged: what is not durable yet, and the slice under way.</summary>
    public static long SliceAndCheckpoint => Stage.CheckpointBytes + (64 * 1024);

    public static IReadOnlyList<string> Files => ["shard-0001.csv", "shard-0002.csv"];

    public async Task<(long Bytes, long Uses, long Waiting)> Usage()
    {
        var usage = await _server.Get($"/v1/usage?licence={Licence}&by=day", _buyer);
        long Of(string meter) => usage["usage"]!.AsArray().Where(r => (string?)r!["meter"] == meter).Sum(r => (long)r!["quantity"]!);
        return (Of("bytes_delivered"), Of("segment_unlocked"), (long)usage["not_yet_rolled_up"]!);
    }

    public void Dispose()
    {
        _server.Dispose();
        _stripe.Dispose();
        _gate.Dispose();
    }

    private static TimeSpan Now() => TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch;

    private async Task<(string Key, string Organisation)> SignUp(string name, string role)
    {
        var made = await _server.Post("/v1/organisations", "", new
        {
            name, email = $"{name}@example.org", password = Password, roles = new[] { role },
        });
        Secrets.AddRange((string)made["api_key"]!, $"{name}@example.org");
        return ((string)made["api_key"]!, (string)made["organisation_id"]!);
    }

    private async Task<string> Offer(object price, int refundDays)
    {
        var offer = await _server.Post($"/v1/works/{_work}/offers", _ada, new
        {
            terms = new { rights_scope = new[] { "ai-train" }, valid_days = 30, refund_days = refundDays }, price,
        });
        return (string)offer["offer_id"]!;
    }

    private async Task<string> Buy(string offer, string key)
    {
        var purchase = await _server.Post("/v1/purchases", _buyer, new { offer_id = offer }, key);
        await Pay(purchase);
        var id = (string)purchase["purchase_id"]!;
        await Calls.Until(() => _server.Get($"/v1/purchases/{id}", _buyer), p => (string?)p["status"] == "paid", "the purchase");
        await Calls.Until(
            () => _server.Get("/v1/licences", _buyer),
            l => l["items"]!.AsArray().Any(i => (string?)i!["offer_id"] == offer),
            "the licence that was bought");
        return id;
    }

    private async Task Pay(JsonObject checkout) =>
        await _stripe.Form($"/_sim/sessions/{Last(checkout["checkout_url"])}/pay", ("card", Card));

    /// <summary>Pulls a file; after a break it goes on where it stopped, in the same pass.</summary>
    private async Task Pull(string file, string token)
    {
        var whole = new MemoryStream();
        await Calls.Until(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"/w/{_work}/{file}");
                request.Headers.Authorization = new("Bearer", token);
                request.Headers.Add("Tally-Pass", "pass-1");
                Calls.Trace(request, Traceparent);
                request.Headers.Range = whole.Length > 0 ? new(whole.Length, null) : null;
                try
                {
                    using var answer = await _gate.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
                    if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
                    {
                        await using var body = await answer.Content.ReadAsStreamAsync(Stop);
                        await Read(body, whole);
                    }
                }
                catch (Exception broken) when (broken is HttpRequestException or SocketException or IOException)
                {
                    // The gate died; what arrived was counted.
                }

                return whole.Length;
            },
            length => length == FileBytes,
            $"all of {file}");
        whole.ToArray().ShouldBe(Content(file));
    }

    private async Task Read(Stream body, MemoryStream whole)
    {
        var buffer = new byte[65_536];
        for (int read; (read = await body.ReadAsync(buffer, Stop)) > 0;)
        {
            whole.Write(buffer, 0, read);
            Received += read;
        }
    }

    /// <summary>Everything that the gate recorded has arrived, was rolled up and sealed, and nothing more comes.</summary>
    private async Task Settled()
    {
        var least = Received - (place.GateDeaths() * SliceAndCheckpoint);
        var last = -1L;
        await Calls.Until(
            async () =>
            {
                var before = last;
                await Task.Delay(1_000, Stop);
                last = (await Usage()).Bytes;
                return last >= least && last == before && await place.Number(
                    "select count(*) from metering.emitter where least(sealed_seq, rolled_seq) < acknowledged_seq") == 0;
            },
            done => done,
            $"usage of {least} bytes and more, sealed");
    }

    private static byte[] Content(string file)
    {
        var bytes = new byte[FileBytes];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(((i * 31) + file[^5]) & 0xff);
        }

        return bytes;
    }

    private static string Last(JsonNode? url) => ((string)url!).Split('/')[^1];
}
