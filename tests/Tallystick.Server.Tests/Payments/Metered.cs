using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Metering;
using Tallystick.Server.Royalties;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>A licence that is paid by use, ten dollars a megabyte, and the gate that leases, delivers and reports.</summary>
internal sealed class Metered(Shop shop, Member buyer, Member creator, LicenceView licence, EpochGrant epoch)
{
    private long _seq;
    private long _leased;
    private long _version;

    public static readonly Dictionary<string, string?> FeeOfTenPercent = new() { ["Royalties:PlatformFeeBasisPoints"] = "1000" };

    public LicenceId Licence => licence.LicenceId;

    public static async Task<Metered> Open(Shop shop, Member buyer, Member creator)
    {
        var (work, _) = await creator.Published();
        var offer = await creator.Offer(
            work, new { amount = new { minor = 1_000, currency = "USD" }, meter = "bytes_delivered", per = 1_000_000 });
        var (id, _) = await buyer.Licence(offer);
        using var http = shop.Server.Client(TestServer.GateSecret);
        var epoch = await http.Begin();
        await Wait.ForEvents(shop.Server);
        return new Metered(
            shop, buyer, creator,
            (await shop.Server.Services.GetRequiredService<Licences>().Find(id, Shop.Stop))!,
            epoch);
    }

    /// <summary>Leases so many bytes more.</summary>
    public async Task Lease(long bytes)
    {
        using var http = shop.Server.Client(TestServer.GateSecret);
        http.SpeakFor(epoch);
        var answer = await http.PostAsJsonAsync(
            "/gate/v1/leases",
            new
            {
                licence_id = Licence.ToString(), meter = "bytes_delivered", epoch = epoch.Epoch, spent_total = 0, wanted_total = _leased + bytes,
                needed_total = _leased + bytes,
            },
            Shop.Stop).Json();
        answer["granted_total"]!.GetValue<long>().ShouldBeGreaterThanOrEqualTo(_leased + bytes, answer.ToJsonString());
        _leased += bytes;
        _version = (long?)answer["version"] ?? 0;
    }

    /// <summary>The gate gives back all that it leased and did not deliver.</summary>
    public async Task Return()
    {
        using var http = shop.Server.Client(TestServer.GateSecret);
        http.SpeakFor(epoch);
        var answer = await http.PostAsJsonAsync(
            "/gate/v1/leases/return",
            new
            {
                licence_id = Licence.ToString(), meter = "bytes_delivered", epoch = epoch.Epoch, spent_total = 0, wanted_total = 0, needed_total = 0,
                version = _version,
            },
            Shop.Stop).Json();
        _leased = answer["granted_total"]!.GetValue<long>();
    }

    /// <summary>Leases, delivers and reports.</summary>
    public async Task Use(long bytes)
    {
        await Lease(bytes);
        await Report(bytes);
    }

    public async Task Report(long bytes)
    {
        var unit = await shop.Database.QueryOne<Guid>(
            "select unit_id from catalog.work where id = @WorkId", new { licence.WorkId }, Shop.Stop);
        var stored = new StoredEvent(
            ++_seq, licence.WorkId.Value, unit, Licence.Value, licence.Pseudonym.Value, (short)Meter.BytesDelivered,
            bytes, shop.Server.Clock.GetUtcNow().ToUnixTimeMilliseconds(), (short)Evidence.GateFlushed, Guid.CreateVersion7(), _seq);
        var receipt = await shop.Server.Services.GetRequiredService<IngestUsage>().Store(
            new IngestUsage.Batch(epoch.GateId, epoch.Epoch, [stored]), Shop.Stop);
        receipt.Value.Accepted.ShouldBe(1u);
        await Eventually.Holds(
            async () =>
            {
                shop.Server.Clock.Advance(TimeSpan.FromSeconds(3));
                return await shop.Database.QueryOne<bool>(
                    "select coalesce(bool_and(sealed_seq = acknowledged_seq), true) from metering.emitter", null, Shop.Stop);
            },
            "the usage is sealed");
    }

    /// <summary>A billing run up to now, to its end.</summary>
    public async Task<BillingRuns.View> Run()
    {
        shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));
        var runs = shop.Server.Services.GetRequiredService<BillingRuns>();
        var opened = (await runs.Open(shop.Server.Clock.GetUtcNow(), Shop.Stop)).Value;
        await Eventually.Holds(
            async () => (await runs.Find(opened.BillingRunId, Shop.Stop))!.State == "closed", "the run is closed");
        return (await runs.Find(opened.BillingRunId, Shop.Stop))!;
    }

    public LedgerAccount Wallet => LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd);

    public LedgerAccount Debt => LedgerAccount.Of(AccountKind.BuyerDebt, buyer.Organisation, Currency.Usd);

    /// <summary>All that the creator has earned: owed, held back, and on its way, less what they owe.</summary>
    public async Task<long> Earned()
    {
        var sum = 0L;
        foreach (var kind in new[]
            { AccountKind.CreatorPayable, AccountKind.Holdback, AccountKind.PayoutInTransit, AccountKind.CreatorDebt })
        {
            sum -= await shop.Balance(LedgerAccount.Of(kind, creator.Organisation, Currency.Usd));
        }

        return sum;
    }
}
