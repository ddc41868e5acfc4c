using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Metering;

public sealed class SealTests(Postgres postgres)
{
    private static readonly Dictionary<string, string?> SealAtOnce = new() { ["Metering:SealAfter"] = "00:00:00.1" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_event_is_sealed_once_and_its_receipt_verifies_offline()
    {
        await using var server = await TestServer.Start(postgres, SealAtOnce);
        var usage = new UsageBuilder(21);
        await GiveLicence(server, usage);
        await server.Services.GetRequiredService<IngestUsage>().Store(usage.Batch(1, 300), Stop);
        await AllSealed(server, 300);

        var request = usage.Batch(137, 1).Events[0].RequestId;
        var caller = new Caller(Buyer, null, new HashSet<string>(), new HashSet<string>());
        var receipts = server.Services.GetRequiredService<UsageReceipts>();
        await Eventually.Holds(async () => (await receipts.Find(new RequestId(request), caller, Stop)).Refusal is null);
        var page = await receipts.Find(new RequestId(request), caller, Stop);

        using var client = server.Client();
        VerifierKey.TryParse((await client.GetStringAsync("/log/key", Stop)).Trim(), out var key).ShouldBeTrue();
        var file = page.Value.Receipts.ShouldHaveSingleItem().ToJsonString();
        ReceiptVerifier.Verify(Encoding.UTF8.GetBytes(file), key!).ShouldBeOfType<ReceiptVerdict.Valid>();
        var forged = file.Replace("\"quantity\":1004", "\"quantity\":1005", StringComparison.Ordinal);
        forged.ShouldNotBe(file);
        ReceiptVerifier.Verify(Encoding.UTF8.GetBytes(forged), key!).ShouldBeOfType<ReceiptVerdict.Invalid>();
    }

    [Fact]
    public async Task A_request_of_somebody_else_is_not_shown()
    {
        await using var server = await TestServer.Start(postgres, SealAtOnce);
        var usage = new UsageBuilder(22);
        await GiveLicence(server, usage);
        await server.Services.GetRequiredService<IngestUsage>().Store(usage.Batch(1, 1), Stop);
        var stranger = new Caller(new OrganisationId(new Guid(9, 9, 9, new byte[8])), null, new HashSet<string>(), new HashSet<string>());

        var found = await server.Services.GetRequiredService<UsageReceipts>()
            .Find(new RequestId(usage.Batch(1, 1).Events[0].RequestId), stranger, Stop);

        found.Refusal!.Type.Slug.ShouldBe("not-found");
    }

    [Fact]
    public async Task A_billing_run_claims_each_seal_once_and_totals_come_from_the_events()
    {
        await using var server = await TestServer.Start(postgres, SealAtOnce);
        var usage = new UsageBuilder(23);
        await server.Services.GetRequiredService<IngestUsage>().Store(usage.Batch(1, 1_000), Stop);
        await AllSealed(server, 1_000);
        var sealedUsage = server.Services.GetRequiredService<SealedUsage>();
        var (first, second) = (new BillingRunId(new Guid(1, 0, 0, new byte[8])), new BillingRunId(new Guid(2, 0, 0, new byte[8])));
        var cut = server.Clock.GetUtcNow().AddSeconds(1);

        var claimed = await server.Database.InTransaction(tx => sealedUsage.Claim(tx, first, cut), Stop);
        var again = await server.Database.InTransaction(tx => sealedUsage.Claim(tx, first, cut), Stop);
        var other = await server.Database.InTransaction(tx => sealedUsage.Claim(tx, second, cut), Stop);

        claimed.ShouldBeGreaterThan(0);
        again.ShouldBe(claimed);
        other.ShouldBe(0);
        var total = (await sealedUsage.Totals(first, Stop)).ShouldHaveSingleItem();
        total.Quantity.ShouldBe(UsageBuilder.Total(1_000));
        total.Events.ShouldBe(1_000);
        (await sealedUsage.Totals(second, Stop)).ShouldBeEmpty();
    }

    private static OrganisationId Buyer { get; } = new(new Guid(7, 7, 7, new byte[8]));

    private static Task GiveLicence(TestServer server, UsageBuilder usage) => server.Database.InTransaction(
        tx => tx.Execute(
            "insert into metering.licence (licence_id, work_id, buyer, creator) values (@Licence, @Work, @Buyer, @Buyer)",
            new { usage.Licence, usage.Work, Buyer }),
        Stop);

    private static Task AllSealed(TestServer server, long last) => Eventually.Holds(
        async () => await server.Database.QueryOne<long>(
            "select coalesce(min(sealed_seq), 0) from metering.emitter", null, Stop) == last,
        "everything is sealed");
}
