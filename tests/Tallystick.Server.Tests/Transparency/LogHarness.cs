using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Server.Tests.Support;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Tests.Transparency;

/// <summary>What the suites of the log do again and again.</summary>
internal static class LogHarness
{
    public static readonly OrganisationId Owner = OrganisationId.From(new Guid(1, 2, 3, new byte[8]));

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static JsonObject Opening(string subject) => new() { ["licence"] = subject, ["price"] = "500 EUR" };

    public static Task<ReceiptId> Append(this TestServer server, string subject, ReceiptKind kind = ReceiptKind.LicenceGranted) =>
        server.Database.InTransaction(
            tx => server.Receipts().Append(tx, kind, subject, Opening(subject), [Owner]), Stop);

    /// <summary>Many receipts in one transaction.</summary>
    public static Task AppendMany(this TestServer server, int count, string prefix) => server.Database.InTransaction(
        async tx =>
        {
            for (var i = 0; i < count; i++)
            {
                await server.Receipts().Append(tx, ReceiptKind.UsageSealed, $"{prefix}{i}", Opening($"{prefix}{i}"), [Owner]);
            }
        },
        Stop);

    public static LogReceipts Receipts(this TestServer server) => server.Services.GetRequiredService<LogReceipts>();

    public static async Task<LogReceipt> Published(this TestServer server, ReceiptId id)
    {
        FoundReceipt found = new FoundReceipt.Unknown();
        await Until(async () => (found = await server.Receipts().Find(id, Stop)) is FoundReceipt.Published);
        return ((FoundReceipt.Published)found).Receipt;
    }

    public static async Task<Checkpoint> CheckpointOf(this TestServer server, long sizeLeast)
    {
        using var client = server.Client();
        Checkpoint? checkpoint = null;
        await Until(async () =>
        {
            using var answer = await client.GetAsync("/log/checkpoint", Stop);
            return answer.IsSuccessStatusCode
                && SignedNote.TryParse(await answer.Content.ReadAsStringAsync(Stop), out var note)
                && Checkpoint.TryParse(note.Text, out checkpoint) && checkpoint.Size >= sizeLeast;
        });
        return checkpoint!;
    }

    public static async Task<VerifierKey> Key(this TestServer server)
    {
        using var client = server.Client();
        // Made while the server starts.
        var text = "";
        await Until(async () =>
        {
            using var answer = await client.GetAsync("/log/key", Stop);
            text = await answer.Content.ReadAsStringAsync(Stop);
            return answer.IsSuccessStatusCode;
        });
        VerifierKey.TryParse(text.TrimEnd('\n'), out var key).ShouldBeTrue();
        return key;
    }

    public static ReceiptVerdict Verify(LogReceipt receipt, VerifierKey key) =>
        ReceiptVerifier.Verify(Encoding.UTF8.GetBytes(receipt.ToJson().ToJsonString()), key);

    public static async Task Until(Func<Task<bool>> holds)
    {
        var deadline = TimeProvider.System.GetUtcNow() + Patience;
        while (!await holds())
        {
            TimeProvider.System.GetUtcNow().ShouldBeLessThan(deadline, "it did not happen in time");
            await Task.Delay(20, Stop);
        }
    }
}
