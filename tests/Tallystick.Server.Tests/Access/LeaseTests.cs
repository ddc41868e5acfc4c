using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Leases;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;
using Tallystick.Server.Access.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Access;

public sealed class LeaseTests(Postgres postgres)
{
    private const string Secret = "tgk_0123456789abcdef0123456789abcdef";

    private static readonly Dictionary<string, string?> OneGate = new() { ["Access:GateSecrets:one"] = Secret };

    private static readonly Guid Folder = new(1, 0, 0, new byte[8]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gate_learns_of_works_offers_keys_and_revocations()
    {
        await using var server = await TestServer.Start(postgres, OneGate);
        var creator = await Member.SignUp(server, "creator");
        var buyer = await Member.SignUp(server, "buyer");
        var (work, _) = await creator.Published();
        var offer = await creator.MeteredOffer(work);
        var (licence, _) = await buyer.Licence(offer);
        using var gate = server.Client(Secret);

        await Eventually.Holds(async () => await Has(gate, FeedKind.Work) && await Has(gate, FeedKind.Offer) && await Has(gate, FeedKind.SigningKey));
        var before = await Feed(gate, 0);
        var waiting = Feed(server, before.Head, wait: 20);
        await creator.Revoke(licence, "It was misused.");

        var news = await waiting;
        while (news.Entries.Count == 0)
        {
            news = await Feed(gate, before.Head, wait: 20);
        }

        var status = news.Entries.Single(e => e.Kind == FeedKind.LicenceStatus);
        status.Key.ShouldBe(licence.ToString());
        status.Body!["reason"]!.ToString().ShouldContain("misused");
        news.Head.ShouldBeGreaterThan(before.Head);
    }

    [Fact]
    public async Task A_wallet_is_leased_to_its_last_cent_and_no_further()
    {
        await using var server = await TestServer.Start(postgres, OneGate);
        var (licence, buyer) = await MeteredLicence(server, cents: 10);
        await Prepay(server, buyer, 35);
        using var gate = server.Client(Secret);
        var epoch = (await gate.Begin(Folder)).Epoch;

        var first = await Lease(gate, new(licence, Meter.SegmentUnlocked, epoch, 0, 2));
        var second = await Lease(gate, new(licence, Meter.SegmentUnlocked, epoch, 2, 100));
        var third = await Lease(gate, new(licence, Meter.SegmentUnlocked, epoch, 3, 100));

        first.GrantedTotal.ShouldBe(2);
        second.GrantedTotal.ShouldBe(3);
        third.ShouldBe(third with { GrantedTotal = 3, Exhausted = "wallet_empty" });
        (await Wallet(buyer)).ShouldBe((35, 30, 5));
    }

    [Fact]
    public async Task What_a_gate_returns_can_be_leased_again_and_what_was_billed_is_no_longer_held()
    {
        await using var server = await TestServer.Start(postgres, OneGate);
        var (licence, buyer) = await MeteredLicence(server, cents: 10);
        await Prepay(server, buyer, 50);
        using var gate = server.Client(Secret);
        var epoch = (await gate.Begin(Folder)).Epoch;
        var all = await Lease(gate, new(licence, Meter.SegmentUnlocked, epoch, 0, 5));

        (await Return(gate, new(licence, Meter.SegmentUnlocked, epoch, 2, 2, Version: all.Version))).GrantedTotal.ShouldBe(2);
        (await Wallet(buyer)).ShouldBe((50, 20, 30));

        await server.Database.InTransaction(
            tx => server.Services.GetRequiredService<Credit>().Settle(tx, [new(licence, Meter.SegmentUnlocked, 2)]), Stop);
        (await Wallet(buyer)).ShouldBe((50, 0, 50));
    }

    [Fact]
    public async Task A_return_that_a_question_overtook_takes_nothing_back()
    {
        await using var server = await TestServer.Start(postgres, OneGate);
        var (licence, buyer) = await MeteredLicence(server, cents: 10);
        await Prepay(server, buyer, 100);
        using var gate = server.Client(Secret);
        var epoch = (await gate.Begin(Folder)).Epoch;
        var granted = await Lease(gate, new(licence, Meter.SegmentUnlocked, epoch, 0, 5));
        var late = new LeaseRequest(licence, Meter.SegmentUnlocked, epoch, 1, 1, Version: granted.Version);

        // The same total again: only the version tells that the gate counts on it once more.
        var newer = await Lease(gate, new(licence, Meter.SegmentUnlocked, epoch, 1, 5));
        var refused = await Return(gate, late);

        (refused.GrantedTotal, refused.Version).ShouldBe((5, newer.Version));
        (await Wallet(buyer)).ShouldBe((100, 50, 50));
        (await Return(gate, late with { Version = refused.Version })).GrantedTotal.ShouldBe(1);
        (await Wallet(buyer)).ShouldBe((100, 10, 90));
        (await Return(gate, late with { Version = refused.Version })).GrantedTotal.ShouldBe(1, "a return that is repeated changes nothing");
    }

    [Fact]
    public async Task A_licence_used_a_little_leaves_the_wallet_to_the_buyers_other_licences()
    {
        await using var server = await TestServer.Start(postgres, OneGate);
        var (first, buyer) = await MeteredLicence(server, cents: 10);
        var creator = await Member.SignUp(server, "creator");
        var (work, _) = await creator.Published();
        var (second, _) = await buyer.Licence(await creator.MeteredOffer(work, 10));
        await Prepay(server, buyer, 200);
        using var gate = server.Client(Secret);
        var epoch = (await gate.Begin(Folder)).Epoch;

        (await Lease(gate, new(first, Meter.SegmentUnlocked, epoch, 0, 64, 1))).GrantedTotal.ShouldBe(5);
        var (spent, granted) = (0L, 0L);
        while (await Lease(gate, new(second, Meter.SegmentUnlocked, epoch, spent, spent + 64, spent + 1)) is { Exhausted: null } more)
        {
            (spent, granted) = (spent + 1, more.GrantedTotal);
        }

        granted.ShouldBe(15);
        (await Wallet(buyer)).ShouldBe((200, 200, 0));
    }

    [Fact]
    public async Task A_revoked_licence_gets_no_lease_and_an_old_epoch_is_fenced()
    {
        await using var server = await TestServer.Start(postgres, OneGate);
        var (licence, buyer) = await MeteredLicence(server, cents: 10);
        await Prepay(server, buyer, 1_000);
        using var gate = server.Client(Secret);
        var old = (await gate.Begin(Folder)).Epoch;
        var current = (await gate.Begin(Folder)).Epoch;
        current.ShouldBe(old + 1);

        var fenced = await gate.PostAsJsonAsync(
            "/gate/v1/leases", new LeaseRequest(licence, Meter.SegmentUnlocked, old, 0, 1), TallyJson.Options, Stop);
        ((int)fenced.StatusCode).ShouldBe(409);

        await buyer.Revoke(licence, "Not needed any more.");
        var refused = await Lease(gate, new(licence, Meter.SegmentUnlocked, current, 0, 1));
        refused.GrantedTotal.ShouldBe(0);
        refused.Exhausted.ShouldBe("not_active");
    }

    [Fact]
    public async Task Gates_that_ask_at_once_never_share_the_same_money()
    {
        var gates = Enumerable.Range(0, 4).ToDictionary(i => $"g{i}", i => $"{Secret}{i}");
        await using var server = await TestServer.Start(
            postgres, gates.ToDictionary(g => $"Access:GateSecrets:{g.Key}", g => (string?)g.Value));
        var (licence, buyer) = await MeteredLicence(server, cents: 10);
        await Prepay(server, buyer, 1_005);

        var granted = await Task.WhenAll(gates.Values.Select(async secret =>
        {
            using var gate = server.Client(secret);
            var epoch = (await gate.Begin(Folder)).Epoch;
            var (total, wanted) = (0L, 0L);
            while (wanted < 60)
            {
                wanted += 7;
                total = (await Lease(gate, new(licence, Meter.SegmentUnlocked, epoch, total, wanted))).GrantedTotal;
            }

            return total;
        }));

        granted.Sum().ShouldBe(100);
        (await Wallet(buyer)).ShouldBe((1_005, 1_000, 5));
    }

    [Fact]
    public async Task Each_licence_has_its_own_hold_and_the_wallet_their_sum()
    {
        await using var server = await TestServer.Start(postgres, OneGate);
        var (first, buyer) = await MeteredLicence(server, cents: 10);
        var creator = await Member.SignUp(server, "creator");
        var (work, _) = await creator.Published();
        var (second, _) = await buyer.Licence(await creator.MeteredOffer(work, 7));
        await Prepay(server, buyer, 1_000);
        using var gate = server.Client(Secret);
        var epoch = (await gate.Begin(Folder)).Epoch;
        await Lease(gate, new(first, Meter.SegmentUnlocked, epoch, 0, 3));
        await Lease(gate, new(second, Meter.SegmentUnlocked, epoch, 0, 4));
        var credit = server.Services.GetRequiredService<Credit>();

        var (own, all) = await server.Database.InTransaction(
            async tx =>
            {
                await credit.Settle(tx, [new(first, Meter.SegmentUnlocked, 1)]);
                return (
                    await credit.HeldBy(tx, [first, second, new LicenceId(Guid.Empty)]),
                    await credit.HeldOf(tx, [(buyer.Organisation, Currency.Usd), (creator.Organisation, Currency.Usd)]));
            },
            Stop);

        own.ShouldBe(new Dictionary<LicenceId, long> { [first] = 20, [second] = 28 }, ignoreOrder: true);
        all.ShouldBe(new Dictionary<(OrganisationId, Currency), long> { [(buyer.Organisation, Currency.Usd)] = 48 });
        (await Wallet(buyer)).ShouldBe((1_000, 48, 952));
    }

    [Fact]
    public async Task The_database_holds_what_the_decision_holds()
    {
        await using var server = await TestServer.Start(postgres);
        var random = new Random(5);
        for (var i = 0; i < 100; i++)
        {
            var price = new Price(
                new Money(random.Next(1, 1_000), Currency.Usd),
                Meter.BytesDelivered,
                random.Next(2) == 0 ? random.Next(1, 20) : random.NextInt64(1, 1L << 50));
            var billed = random.NextInt64(1L << (i % 50));
            var credit = new LicenceCredit(billed + (random.Next(2) * random.NextInt64(1L << 40)), billed, price, null);

            var held = await server.Database.QueryOne<long>(
                """
                insert into access.credit (licence_id, meter, buyer, currency, price, granted_total, billed_total)
                values (gen_random_uuid(), 1, gen_random_uuid(), 'USD', @Price, @GrantedTotal, @BilledTotal)
                returning held::bigint
                """,
                new { Price = SqlTypes.Json(price), credit.GrantedTotal, credit.BilledTotal },
                Stop);

            held.ShouldBe(credit.Held);
        }
    }

    [Theory]
    [InlineData("""{"licence_id":"lic_00000000000000000000000000","meter":"segment_unlocked","epoch":1,"spent_total":-1,"wanted_total":1}""")]
    [InlineData("""{"licence_id":"nonsense","meter":"segment_unlocked","epoch":1,"spent_total":0,"wanted_total":1}""")]
    [InlineData("""{"licence_id":"lic_00000000000000000000000000","meter":"none","epoch":1,"spent_total":0,"wanted_total":1}""")]
    [InlineData("""{"licence_id":"lic_00000000000000000000000000","meter":"segment_unlocked","epoch":1,"spent_total":0,"wanted_total":1e30}""")]
    [InlineData("not json")]
    public async Task A_malformed_request_is_a_400_with_a_type(string body)
    {
        await using var server = await TestServer.Start(postgres, OneGate);
        using var gate = server.Client(Secret);

        var answer = await gate.PostAsync("/gate/v1/leases", new StringContent(body, null, "application/json"), Stop);

        ((int)answer.StatusCode).ShouldBe(400);
        (await answer.Content.ReadAsStringAsync(Stop)).ShouldContain("tallystick.dev/problems/");
    }

    private static async Task<(LicenceId Licence, Member Buyer)> MeteredLicence(TestServer server, long cents)
    {
        var creator = await Member.SignUp(server, "creator");
        var buyer = await Member.SignUp(server, "buyer");
        var (work, _) = await creator.Published();
        var (licence, _) = await buyer.Licence(await creator.MeteredOffer(work, cents));
        return (licence, buyer);
    }

    internal static Task Prepay(TestServer server, Member buyer, long cents) => server.Database.InTransaction(
        tx => server.Services.GetRequiredService<Books>().Post(tx, new JournalEntry(
            "test.prepaid",
            $"test/{buyer.Organisation}",
            server.Clock.GetUtcNow(),
            [
                LedgerAccount.Of(AccountKind.Bank, Currency.Usd).Debit(cents),
                LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd).Credit(cents),
            ])),
        Stop);

    private static async Task<(long Balance, long Held, long Available)> Wallet(Member buyer)
    {
        var wallet = await buyer.Http.GetAsync("/v1/wallet", Stop).Json();
        return ((long)wallet["balance"]!["minor"]!, (long)wallet["held"]!["minor"]!, (long)wallet["available"]!["minor"]!);
    }

    private static async Task<LeaseGrant> Lease(HttpClient gate, LeaseRequest request)
    {
        var answer = await gate.PostAsJsonAsync("/gate/v1/leases", request, TallyJson.Options, Stop);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(Stop));
        return (await answer.Content.ReadFromJsonAsync<LeaseGrant>(TallyJson.Options, Stop))!;
    }

    private static async Task<LeaseGrant> Return(HttpClient gate, LeaseRequest request)
    {
        var answer = await gate.PostAsJsonAsync("/gate/v1/leases/return", request, TallyJson.Options, Stop);
        return (await answer.Content.ReadFromJsonAsync<LeaseGrant>(TallyJson.Options, Stop))!;
    }

    // With a client of its own: it waits while the test goes on.
    private static async Task<FeedPage> Feed(TestServer server, long after, int wait)
    {
        using var gate = server.Client(Secret);
        return await Feed(gate, after, wait);
    }

    private static async Task<FeedPage> Feed(HttpClient gate, long after, int wait = 0) =>
        (await gate.GetFromJsonAsync<FeedPage>($"/gate/v1/feed?after={after}&wait={wait}", TallyJson.Options, Stop))!;

    private static async Task<bool> Has(HttpClient gate, FeedKind kind) =>
        (await Feed(gate, 0)).Entries.Any(e => e.Kind == kind);
}
