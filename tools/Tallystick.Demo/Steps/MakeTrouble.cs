using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Tallystick.Client;
using Tallystick.Core.Amounts;

namespace Tallystick.Demo.Steps;

/// <summary>A duplicate webhook, an aborted download, a leaked licence, and a server that goes away.</summary>
internal static class MakeTrouble
{
    private const int AbortAfterBytes = 100_000;

    public static async Task Run(World world, CancellationToken stop)
    {
        using var gate = new AtGate(world);
        await DuplicateWebhook(world, stop);
        await AbortedDownload(world, gate, stop);
        await RevokedLicence(world, gate, stop);
        await BulkPull(world, stop);
        await RestartedServer(world, gate, stop);
    }

    private static async Task DuplicateWebhook(World world, CancellationToken stop)
    {
        world.Screen.Doing("a webhook arrives twice");
        var inbound = (await world.Operator.Get<JsonObject>("v1/webhooks/inbound?limit=200", stop))["items"]!.AsArray();
        var paid = inbound.OfType<JsonObject>().First(w => w["type"]?.ToString() == "checkout.session.completed");
        var before = await Balance(world, stop);
        var status = await world.Stripe.SendAgain(paid["event_id"]!.ToString(), stop);
        // Worked out once more on purpose too: its effect must not be bound to one delivery.
        await world.Operator.Post<JsonObject>($"v1/webhooks/inbound/{paid["id"]}/replay", null, stop);
        await Patience.For(
            "the replayed webhook", t => world.Operator.Get<JsonObject>("v1/webhooks/inbound?limit=200", t),
            list => list["items"]!.AsArray().All(w => w!["state"]?.ToString() != "received"), stop);
        var after = await Balance(world, stop);
        world.Screen.Check(
            "A webhook that came twice, and was replayed, had one effect", status is >= 200 and < 300 && before == after,
            $"{paid["event_id"]}: answered {status}, wallet {before} before and {after} after");
    }

    private static async Task<Money> Balance(World world, CancellationToken stop) =>
        (await world.WalletBuyer.Client.Wallet(Currency.Usd, stop)).Balance;

    private static async Task AbortedDownload(World world, AtGate gate, CancellationToken stop)
    {
        world.Screen.Doing("a download is aborted and resumed");
        const string path = "all-digits.csv";
        var (start, size) = await gate.Abort(world.Bought, path, "archive", AbortAfterBytes, stop);
        var rest = await gate.Get(world.Bought, path, "archive", stop, from: start.Length);
        world.Count(world.Bought.LicenceId, start.Length, 1);
        // What was on its way when the buyer hung up may have been flushed; it cannot be more than the rest of the file.
        world.OnTheWayMost[world.Bought.LicenceId] = size - start.Length;
        var expected = await File.ReadAllBytesAsync(Path.Combine(world.Settings.Work, "digits", path), stop);
        world.Screen.Check(
            "An aborted download goes on where it broke off",
            rest.Status == HttpStatusCode.PartialContent && start.Concat(rest.Body).SequenceEqual(expected),
            $"{start.Length:#,0} + {rest.Body.Length:#,0} = {expected.Length:#,0} bytes, same content");
    }

    private static async Task BulkPull(World world, CancellationToken stop)
    {
        world.Screen.Doing("pulling everything, paid by the megabyte");
        using var puller = new PullWork(world.Settings.Gate, world.Bulk.Token!);
        var folder = Path.Combine(world.Settings.Work, "pulled");
        var pulled = await puller.Run(world.Work, folder, new("bulk"), null, stop);
        var again = await puller.Run(world.Work, folder, new("bulk"), null, stop);
        world.Count(world.Bulk.LicenceId, pulled.BytesReceived + again.BytesReceived, pulled.Files);
        world.Screen.Check(
            "A pull that is repeated fetches nothing twice",
            pulled.BytesReceived > 0 && again.BytesReceived == 0 && again.Skipped == pulled.Files,
            $"{pulled.Files} files, {pulled.BytesReceived:#,0} bytes, then 0");
    }

    private static async Task RevokedLicence(World world, AtGate gate, CancellationToken stop)
    {
        const string reason = "The token was found in a public repository";
        world.Screen.Doing("a licence is revoked");
        var before = await gate.Get(world.Leaked, world.Shards[0], "leak", stop);
        world.Count(world.Leaked.LicenceId, 0, 1);
        await world.WalletBuyer.Client.Revoke(world.Leaked.LicenceId, reason, stop);
        var started = Stopwatch.GetTimestamp();
        var refused = await Patience.For(
            "the gate to refuse", t => gate.Get(world.Leaked, world.Shards[0], "leak", t), a => a.Status != HttpStatusCode.OK, stop);
        var (kind, detail) = refused.Problem;
        world.Screen.Check(
            "A revoked licence is refused, with its reason",
            before.Status == HttpStatusCode.OK && refused.Status == HttpStatusCode.Forbidden && kind == "licence-revoked" &&
            detail?.Contains(reason, StringComparison.Ordinal) == true,
            $"after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s: {(int)refused.Status} {kind}, \"{detail}\"");
        using var nobody = new HttpClient();
        using var without = await nobody.GetAsync(new Uri(world.WorkAtGate, world.Shards[0]), stop);
        world.Screen.Check(
            "Without a licence the gate says what it costs", without.StatusCode == HttpStatusCode.PaymentRequired,
            $"{(int)without.StatusCode} {without.Content.Headers.ContentType?.MediaType}");
    }

    private static async Task RestartedServer(World world, AtGate gate, CancellationToken stop)
    {
        if (world.Settings.Command is not { } command)
        {
            throw new DemoException("TALLY_COMMAND is not set: the server cannot be restarted.");
        }

        world.Screen.Doing("the server is restarted while the gate delivers");
        var expected = Convert.ToHexStringLower(SHA256.HashData(
            await File.ReadAllBytesAsync(Path.Combine(world.Settings.Work, "digits", world.Shards[0]), stop)));
        using var restart = Process.Start(new ProcessStartInfo(command, ["restart", "server"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        }) ?? throw new DemoException($"{command} does not start.");
        var said = restart.StandardError.ReadToEndAsync(stop);
        var (good, bad, away) = (0, 0, 0);
        while (!restart.HasExited)
        {
            if (!await IsUp(world, stop))
            {
                away++;
            }

            var answer = await gate.Get(world.Bought, world.Shards[0], "restart", stop);
            if (answer.Status == HttpStatusCode.OK && Convert.ToHexStringLower(SHA256.HashData(answer.Body)) == expected)
            {
                good++;
            }
            else
            {
                bad++;
            }

            await Task.Delay(50, stop);
        }

        world.Count(world.Bought.LicenceId, 0, 1);
        world.Screen.Check("The server was restarted", restart.ExitCode == 0, restart.ExitCode == 0 ? "by ./tally restart server" : (await said).Trim());
        world.Screen.Check(
            "The gate went on delivering while the server was away", good > 0 && bad == 0 && away > 0,
            $"{good} deliveries, {bad} failures; the server did not answer {away} times meanwhile");
    }

    private static async Task<bool> IsUp(World world, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            using var answer = await http.GetAsync(new Uri(world.Settings.Server, "health/ready"), stop);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception down) when (down is HttpRequestException or SocketException || (down is TaskCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }
}
