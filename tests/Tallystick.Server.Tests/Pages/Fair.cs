using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Metering;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Pages;

/// <summary>A market day: works on sale, a buyer who used them, a billing run, payouts. What the pages are looked at with.</summary>
internal sealed class Fair : IAsyncDisposable
{
    public const string OperatorEmail = "operator@example.org";
    private const int Files = 55;
    private const int Events = 240;

    private Fair(Shop shop) => Shop = shop;

    public Shop Shop { get; }

    public TestServer Server => Shop.Server;

    public Member Creator { get; private set; } = null!;

    public Member Buyer { get; private set; } = null!;

    public WorkId Work { get; private set; }

    public OfferId PaidOnce { get; private set; }

    public LicenceId Licence { get; private set; }

    public RequestId Request { get; private set; }

    public string Payout { get; private set; } = "";

    public string CreatorStatement { get; private set; } = "";

    public string BuyerStatement { get; private set; } = "";

    /// <summary>A server where nobody has done anything yet.</summary>
    public static async Task<Fair> Empty(Postgres postgres)
    {
        var fair = new Fair(await Shop.Open(postgres, more: new()
        {
            // A name that browsers trust like https, and that BrowserTests lead to the port.
            ["Server:PublicUrl"] = "http://tally.localhost",
            ["Metering:SealAfter"] = "00:00:00.2",
            ["Accounts:OperatorEmail"] = OperatorEmail,
            ["Accounts:OperatorPassword"] = Member.Password,
        }));
        fair.Creator = await Member.Creator(fair.Server);
        fair.Buyer = await Member.Buyer(fair.Server);
        return fair;
    }

    public static async Task<Fair> Open(Postgres postgres)
    {
        var fair = await Empty(postgres);
        await fair.Publish();
        await fair.Use();
        await fair.Bill();
        await fair.SetAside();
        return fair;
    }

    public ValueTask DisposeAsync() => Shop.DisposeAsync();

    /// <summary>Three things of two kinds that nobody could handle.</summary>
    public async Task SetAside()
    {
        var setAsides = Server.Services.GetRequiredService<SetAsides>();
        await Server.Database.InTransaction(
            async tx =>
            {
                await setAsides.Put(tx, DeadLetters.Kind.Name, "4711 licensing.grant", "pur_01jd0000000000000000000000 paid for an offer that does not exist.", new()
                {
                    ["event_id"] = 4711, ["handler"] = "licensing.grant", ["type"] = "purchase.paid", ["waiting_behind"] = 2,
                });
                await setAsides.Put(tx, DeadLetters.Kind.Name, "4712 access.feed_works", "The database refused it: 23505 entry_pkey");
                await setAsides.Put(tx, Tallystick.Server.Catalog.SweepBlobs.Stuck.Name, Market.Sha256("stuck"), "UnauthorizedAccessException");
            },
            TestContext.Current.CancellationToken);
    }

    private async Task Publish()
    {
        var (work, version) = await Creator.Draft("Handwritten digits, 8 by 8 pixels");
        for (var i = 1; i <= Files; i++)
        {
            await Creator.Upload(work, version, $"train/shard-{i:0000}.csv", $"{i},0,5,13,9,1,0").Json();
        }

        await Creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Shop.Stop).Json();
        Work = work;
        PaidOnce = await Creator.Offer(work, terms: new
        {
            rights_scope = new[] { "ai-train", "evaluate" }, transforms = new[] { "tokenize", "augment" }, valid_days = 365, refund_days = 14, attribution = true,
        });
        await Creator.MeteredOffer(work);
        await Creator.Published("Spoken numbers in nine languages");
    }

    private async Task Use()
    {
        using var body = JsonContent.Create(new { country = "US" });
        await Creator.Http.PostAsync("/v1/payout-account", body, Shop.Stop).Json();
        var account = await Shop.Database.QueryOne<string>("select account_id from payments.payout_account", null, Shop.Stop);
        await Shop.At($"accounts/{account}/onboard");
        await Shop.TopUp(Buyer, 5_000);
        await Shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, Buyer.Organisation, Currency.Usd), -5_000);
        var perMegabyte = await Creator.Offer(
            Work, new { amount = new { minor = 5, currency = "USD" }, meter = "bytes_delivered", per = 1_000_000 });
        (Licence, _) = await Buyer.Licence(perMegabyte);
        await Wait.ForEvents(Server);

        var ids = Server.Services.GetRequiredService<IdSource>();
        Request = ids.New<RequestId>();
        var reporter = await Reporter.Leased(Server, Licence, Meter.BytesDelivered, 1_000_000_000);
        var now = Server.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var batch = new IngestUsage.Batch(reporter.Gate, 1, [.. Enumerable.Range(0, Events).Select(i => new StoredEvent(
            i + 1, Work.Value, reporter.Unit, Licence.Value, reporter.Pseudonym, (short)Meter.BytesDelivered,
            900_000 + (i * 37_531 % 1_700_000),
            // Most within the last days, fewer before, so that both charts have a shape.
            now - ((long)i * i * 30_000), (short)Evidence.GateFlushed,
            i == 0 ? Request.Value : ids.New<RequestId>().Value, 0))]);
        (await Server.Services.GetRequiredService<IngestUsage>().Store(batch, Shop.Stop)).Refusal.ShouldBeNull();
        await Eventually.Holds(
            async () => await Shop.Database.QueryOne<bool>(
                "select coalesce(min(least(sealed_seq, rolled_seq)), 0) = @Events from metering.emitter", new { Events }, Shop.Stop),
            "usage to be sealed and rolled up");
    }

    private async Task Bill()
    {
        Server.Clock.Advance(TimeSpan.FromSeconds(5));
        using var operate = Server.Client(TestServer.OperatorKey);
        var run = await operate.PostAsJsonAsync("/v1/billing-runs", new { up_to = Server.Clock.GetUtcNow() }, Shop.Stop).Json();
        await Eventually.Holds(
            async () => (string)(await operate.GetAsync($"/v1/billing-runs/{run["billing_run_id"]}", Shop.Stop).Json())["state"]! == "closed",
            "the run to close");
        Payout = (string)(await List(Creator, "payouts"))["payout_id"]!;
        CreatorStatement = (string)(await List(Creator, "statements"))["statement_id"]!;
        BuyerStatement = (string)(await List(Buyer, "statements"))["statement_id"]!;
    }

    private static async Task<JsonNode> List(Member member, string what) =>
        (await member.Http.GetAsync($"/v1/{what}", Shop.Stop).Json())["items"]!.AsArray().Single()!;
}
