using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Royalties;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Royalties;

/// <summary>Sealed usage of one licence at 5 cents per MB, written as the modules before this one write it.</summary>
internal sealed class Bill(Shop shop, OrganisationId buyer, OrganisationId creator, LicenceId? granted = null)
{
    private readonly LicenceId _licence = granted ?? new LicenceId(Guid.CreateVersion7());
    private readonly WorkId _work = new(Guid.CreateVersion7());
    private int _version;
    private long _epoch;

    public LicenceId Licence => _licence;

    public WorkId Work => _work;

    /// <summary>A version of the rule of the work; from long ago when it has no day.</summary>
    public Task Rule(RoyaltyRule rule, DateTimeOffset? from = null) => RuleOf(_work, ++_version, rule, from);

    public Task RuleOf(WorkId work, int version, RoyaltyRule rule, DateTimeOffset? from = null) => shop.Database.InTransaction(
        tx => tx.Execute(
            """
            insert into royalties.rule (work_id, version, effective_from, body, created_by, created_at)
            values (@work, @version, @From, @Body, @creator, now())
            """,
            new { work, version, creator, From = from ?? DateTimeOffset.UnixEpoch, Body = SqlTypes.Json(rule) }),
        Shop.Stop);

    public static RoyaltyRule All(OrganisationId payee) => new([new(10_000, payee)]);

    /// <summary>What billing knows of the licence.</summary>
    public Task Known(string currency = "USD", long priceMinor = 5) => shop.Database.InTransaction(
        tx => tx.Execute(
            """
            insert into royalties.licence values (
              @_licence, @_licence, @_work, 'Digits', @buyer, @creator, @_licence, null, 1, @priceMinor, @currency, 1000000)
            on conflict do nothing
            """,
            new { _licence, _work, buyer, creator, currency, priceMinor }),
        Shop.Stop);

    /// <summary>A licence of this id stands in the books of the module that grants them, and has expired.</summary>
    public Task Ended() => shop.Database.InTransaction(
        tx => tx.Execute(
            """
            insert into licensing.status_list (number, next_index, changed_at) values (4711, 0, now()) on conflict do nothing;
            insert into licensing.licence (
              id, offer_id, work_id, buyer, creator, pseudonym, rights_scope, transforms, royalty_percent, terms_hash, valid_days,
              granted_at, not_before, expires, list, index)
            select @_licence, @_licence, @_work, @buyer, @creator, @_licence, '{}', '{}', '90', '', 1, @Then, @Then, @Then, 4711,
              coalesce(max(index), 0) + 1 from licensing.licence where list = 4711
            """,
            new { _licence, _work, buyer, creator, Then = shop.Server.Clock.GetUtcNow().AddDays(-1) }),
        Shop.Stop);

    /// <summary>What gates hold of the buyer's wallet for this licence.</summary>
    public Task Leased(long bytes) => shop.Database.InTransaction(
        tx => tx.Execute(
            """
            insert into access.credit (licence_id, meter, buyer, currency, price, granted_total)
            values (@_licence, 1, @buyer, 'USD', '{"amount":{"minor":5,"currency":"USD"},"meter":"bytes_delivered","per":1000000}', @bytes)
            """,
            new { _licence, buyer, bytes }),
        Shop.Stop);

    public async Task Use(long bytes, bool isKnown = true)
    {
        if (isKnown && granted is null)
        {
            await Known();
        }

        await shop.Database.InTransaction(
            async tx =>
            {
                await tx.Connection.ExecuteAsync(
                    "create table if not exists metering.event_of_test partition of metering.event " +
                    "for values from ('2031-01-01') to ('2031-01-02')");
                var epoch = ++_epoch;
                await tx.Execute(
                    """
                    insert into metering.event
                    select @_work, @epoch, n, '2031-01-01', @_work, @_work, @_licence, @_licence, 1,
                      case n when 1 then @bytes - 2 else 1 end, @Ms, 1, gen_random_uuid(), 0
                    from generate_series(1, 3) n;
                    insert into metering.seal (id, emitter, epoch, ingest_day, first_seq, last_seq, root, salt, sealed_at)
                    values (gen_random_uuid(), @_work, @epoch, '2031-01-01', 1, 3, '', '', @At);
                    """,
                    new
                    {
                        _work, _licence, epoch, bytes, At = shop.Server.Clock.GetUtcNow(),
                        Ms = shop.Server.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
                    });
            },
            Shop.Stop);
    }

    public Task<BillingRuns.View> Run() => Run(shop);

    public static async Task<BillingRuns.View> Run(Shop shop)
    {
        shop.Server.Clock.Advance(TimeSpan.FromSeconds(1));
        var runs = shop.Server.Services.GetRequiredService<BillingRuns>();
        var opened = (await runs.Open(shop.Server.Clock.GetUtcNow(), Shop.Stop)).Value;
        await Eventually.Holds(
            async () => (await runs.Find(opened.BillingRunId, Shop.Stop))!.State == "closed", "the run is closed");
        return (await runs.Find(opened.BillingRunId, Shop.Stop))!;
    }
}
