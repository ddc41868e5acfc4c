using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Simulation;

/// <summary>
/// One seed: two buyers, three creators of whom one only ever gets a share of others' works, and what they and their banks
/// do. What each is owed in the end is worked out here from what was delivered, never read from the code under test.
/// </summary>
internal sealed class SimulatedMarket
{
    public const long CentsPerMegabyte = 5;

    private readonly Town _town;
    private readonly Random _random;
    private readonly Member[] _buyers;
    private readonly List<SimulatedWork> _works = [];
    private readonly List<Delivered> _delivered = [];
    private readonly List<(UsedLicence Used, int Buyer, SimulatedWork Work)> _licences = [];
    private readonly Dictionary<string, string> _disputes = [];

    private SimulatedMarket(Town town, int seed, Member[] buyers, Member[] creators) =>
        (_town, Seed, _random, _buyers, Creators) = (town, seed, new Random(seed), buyers, creators);

    public int Seed { get; }

    public Member[] Creators { get; }

    public IReadOnlyList<Member> Buyers => _buyers;

    public IReadOnlyList<SimulatedWork> Works => _works;

    public IReadOnlyList<Delivered> Deliveries => _delivered;

    public bool HasRevoked { get; private set; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<SimulatedMarket> Open(Town town, int seed)
    {
        var server = town.Server;
        var market = new SimulatedMarket(
            town, seed, [await Member.Buyer(server), await Member.Buyer(server)],
            [await Member.Creator(server), await Member.Creator(server), await Member.Creator(server)]);
        foreach (var creator in market.Creators)
        {
            await market.Onboard(creator);
        }

        foreach (var owner in market.Creators[..2])
        {
            var (work, _) = await owner.Published();
            var metered = await owner.Offer(
                work, new { amount = new { minor = CentsPerMegabyte, currency = "USD" }, meter = "bytes_delivered", per = 1_000_000 });
            var once = await owner.Offer(work, terms: new { rights_scope = new[] { "ai-train" }, valid_days = 365, refund_days = 0 });
            var unit = await server.Database.QueryOne<Guid>("select unit_id from catalog.work where id = @work", new { work }, Stop);
            market._works.Add(new SimulatedWork(work, owner, metered, once, unit));
        }

        foreach (var work in market._works)
        {
            // The first time they are only asked, and agree.
            await market.ChangeRule(work);
        }

        return market;
    }

    /// <summary>Something happens, by the seed.</summary>
    public Task Step(Gates gates) => _random.Next(20) switch
    {
        0 or 1 => TopUp(),
        >= 2 and <= 7 => Use(gates),
        8 => Buy(),
        9 => TakeLicence(),
        10 => ChangeRule(Any(_works)),
        11 => Dispute(),
        12 or 13 => DecideDispute(),
        14 => RefundAtGateway(),
        15 => AskForMoneyBack(),
        16 => ChangeAccount(),
        17 => Forge(gates),
        18 => ReturnLeases(gates),
        _ => Revoke(),
    };

    /// <summary>A bank takes a payment back for good, whatever chance had in mind.</summary>
    public async Task LoseOne()
    {
        await Dispute();
        foreach (var id in _disputes.Where(d => d.Value == "open").Select(d => d.Key).Take(1).ToList())
        {
            await _town.At($"disputes/{id}/close", ("outcome", "lost"));
            _disputes[id] = "lost";
        }
    }

    /// <summary>Banks that had decided for the buyer change their mind.</summary>
    public async Task WinEverything()
    {
        foreach (var id in _disputes.Where(d => d.Value != "won").Select(d => d.Key).ToList())
        {
            await _town.At($"disputes/{id}/close", ("outcome", "won"));
            _disputes[id] = "won";
        }
    }

    /// <summary>What banks took for good, of a buyer's payments.</summary>
    public Task<long> LostOf(Member buyer, string kind) => _town.Count(
        """
        select coalesce(sum(d.amount), 0)::bigint from payments.dispute d join payments.checkout c on c.id = d.checkout_id
        where c.buyer = @Organisation and c.kind = @kind and d.id = any(@Lost)
        """,
        new { buyer.Organisation, kind, Lost = _disputes.Where(d => d.Value == "lost").Select(d => d.Key).ToArray() });

    private async Task TopUp()
    {
        var buyer = Any(_buyers);
        // One amount that is small and one that is not: a wallet that runs dry is half of the story.
        var cents = _random.Next(2) == 0 ? _random.Next(100, 400) : _random.Next(400, 20_000);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/wallet/top-ups")
        {
            Content = JsonContent.Create(new { amount = new { minor = cents, currency = "USD" } }),
            Headers = { { "Idempotency-Key", NewKey() } },
        };
        await Pay(await Http(buyer).SendAsync(request, Stop));
    }

    private async Task Buy()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/purchases")
        {
            Content = JsonContent.Create(new { offer_id = Any(_works).Once.ToString() }),
            Headers = { { "Idempotency-Key", NewKey() } },
        };
        await Pay(await Http(Any(_buyers)).SendAsync(request, Stop));
    }

    private async Task Pay(HttpResponseMessage answer)
    {
        using (answer)
        {
            // A budget that is used up is a refusal like any other, and changes nothing.
            if (answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict)
            {
                return;
            }

            var url = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!["checkout_url"]!;
            var session = await _town.Server.Database.QueryOne<string>(
                "select session_id from payments.checkout where checkout_url = @url", new { url }, Stop);
            await _town.At($"sessions/{session}/pay", ("card", _random.Next(2) == 0 ? "4000000000000077" : "4242424242424242"));
        }
    }

    private async Task TakeLicence()
    {
        var (work, buyer) = (Any(_works), _random.Next(_buyers.Length));
        var fee = _town.FeeBasisPoints;
        var answer = await Http(_buyers[buyer]).PostAsJsonAsync("/v1/licences", new { offer_id = work.Metered.ToString() }, Stop);
        if (answer.StatusCode != HttpStatusCode.Created)
        {
            return;
        }

        var id = LicenceId.Parse((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!["licence_id"]!);
        var pseudonym = await _town.Server.Database.QueryOne<Guid>(
            "select pseudonym from licensing.licence where id = @id", new { id }, Stop);
        _licences.Add((new UsedLicence(id, work.Id, work.Unit, pseudonym), buyer, work));
        work.FeeOf[id] = fee;
    }

    private async Task Use(Gates gates)
    {
        if (_licences.Count == 0)
        {
            await TakeLicence();
            return;
        }

        var (used, buyer, work) = Any(_licences);
        // Crumbs as well: rounding is where small creators lose.
        var wanted = _random.Next(3) == 0 ? _random.Next(1, 90_000) : _random.Next(90_000, 4_000_000);
        var bytes = await gates.Honest(_random).Deliver(used, wanted, _town.Now);
        if (bytes > 0)
        {
            _delivered.Add(new Delivered(buyer, work, used.Licence, bytes, work.VersionAt(_town.Now)));
        }
    }

    private async Task Forge(Gates gates)
    {
        if (_licences.Count > 0)
        {
            var (used, _, _) = Any(_licences);
            await gates.Rogue.Forge(
                _random.Next(2) == 0 ? used : used with { Licence = new LicenceId(Guid.CreateVersion7()) },
                _random.NextInt64(1, 16_000_000_000_000), _town.Now);
        }
    }

    private async Task ReturnLeases(Gates gates)
    {
        if (_licences.Count > 0)
        {
            await gates.Honest(_random).Return(Any(_licences).Used.Licence);
        }
    }

    /// <summary>Another split from now on: of all three, or of the owner alone again.</summary>
    private async Task ChangeRule(SimulatedWork work)
    {
        var parts = new int[3];
        (parts[0], parts[1]) = (_random.Next(1, 5_000), _random.Next(1, 4_000));
        parts[2] = 10_000 - parts[0] - parts[1];
        var payees = Creators.Zip(parts).Select(p => new { organisation_id = p.First.Organisation.ToString(), share_basis_points = p.Second });
        if (await Put(work, payees) is not { } from)
        {
            return;
        }

        work.Rules.Add((from, Creators.Zip(parts).ToDictionary(p => p.First.Organisation, p => p.Second)));
        // What is used from now on is used under it, whatever the resolution of a clock.
        _town.Pass(TimeSpan.FromSeconds(1));
    }

    private async Task<DateTimeOffset?> Put(SimulatedWork work, object payees)
    {
        _town.Pass(TimeSpan.FromSeconds(1));
        using var answer = await Http(work.Owner).PutAsJsonAsync($"/v1/works/{work.Id}/royalty-rule", new { payees }, Stop);
        if (answer.StatusCode == HttpStatusCode.Conflict)
        {
            // Whoever is asked agrees, and the owner tries again another time.
            foreach (var payee in Creators)
            {
                await Agree(payee);
            }

            return null;
        }

        var text = await answer.Content.ReadAsStringAsync(Stop);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return (DateTimeOffset)JsonNode.Parse(text)!["effective_from"]!;
    }

    private async Task Agree(Member payee)
    {
        var invitations = (await Http(payee).GetAsync("/v1/royalty-invitations", Stop).Json())["items"]!.AsArray();
        foreach (var open in invitations.Where(i => (string)i!["state"]! == "open"))
        {
            await Http(payee).PostAsync($"/v1/royalty-invitations/{open!["invitation_id"]}/accept", null, Stop).Json();
        }
    }

    private async Task Dispute()
    {
        if (await AnyPayment() is { } payment)
        {
            var made = await _town.At("disputes", ("charge", payment.Charge));
            _disputes[(string)made["id"]!] = "open";
        }
    }

    private async Task DecideDispute()
    {
        if (_disputes.Count == 0)
        {
            return;
        }

        var id = Any(_disputes.Keys.Order(StringComparer.Ordinal).ToList());
        var next = (_disputes[id], _random.Next(3)) switch
        {
            ("open", 0) => "won",
            ("open", _) => "lost",
            ("lost", 0) => "won",
            var (now, _) => now,
        };
        if (next != _disputes[id])
        {
            await _town.At($"disputes/{id}/close", ("outcome", next));
            _disputes[id] = next;
        }
    }

    private async Task RefundAtGateway()
    {
        if (await AnyPayment() is { } payment)
        {
            await _town.AtGateway(
                "refunds", ("charge", payment.Charge), ("amount", $"{_random.NextInt64(1, payment.Left + 1)}"));
        }
    }

    private async Task AskForMoneyBack()
    {
        var buyer = Any(_buyers);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/wallet/refunds")
        {
            Content = JsonContent.Create(new { amount = new { minor = _random.Next(1, 3_000), currency = "USD" } }),
            Headers = { { "Idempotency-Key", NewKey() } },
        };
        using var answer = await Http(buyer).SendAsync(request, Stop);
        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.TooManyRequests);
    }

    private async Task ChangeAccount()
    {
        var account = await Account(Any(Creators));
        var active = _random.Next(2) == 0;
        await _town.At($"accounts/{account}", ("capability", "transfers"), ("status", active ? "active" : "inactive"));
    }

    private async Task Revoke()
    {
        if (_random.Next(3) > 0)
        {
            return;
        }

        var owner = Any(_works).Owner;
        var licence = await _town.Server.Database.QueryOne<Guid?>(
            "select id from licensing.licence where creator = @Organisation and status = 0 order by id limit 1",
            new { owner.Organisation }, Stop);
        if (licence is { } id)
        {
            // What it has not, it cannot give back: then the operator decides, and may decide that it owes that.
            HasRevoked = true;
            using var answer = await Http(owner).PostAsJsonAsync(
                $"/v1/licences/{new LicenceId(id)}/revoke", new { reason = "The source was withdrawn." }, Stop);
            answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Conflict);
        }
    }

    public async Task Onboard(Member creator)
    {
        using var body = JsonContent.Create(new { country = "US" });
        await Http(creator).PostAsync("/v1/payout-account", body, Stop).Json();
        await _town.At($"accounts/{await Account(creator)}/onboard");
    }

    private async Task<string> Account(Member creator) => (await _town.Server.Database.QueryOne<string>(
        "select account_id from payments.payout_account where organisation_id = @Organisation",
        new { creator.Organisation }, Stop))!;

    private async Task<Payment?> AnyPayment()
    {
        var all = await _town.Server.Database.Query<Payment>(
            """
            select charge, gross - refunded as left from payments.checkout c
            where buyer = any(@Buyers) and state = 'paid' and refunded < gross
              and not exists (select 1 from payments.dispute d where d.checkout_id = c.id)
            order by id limit 100
            """,
            new { Buyers = _buyers.Select(b => b.Organisation.Value).ToArray() },
            Stop);
        return all.Count == 0 ? null : Any(all);
    }

    /// <summary>With the address of the server as it runs now.</summary>
    private HttpClient Http(Member member) => _town.Client(member.ApiKey);

    private string NewKey() => $"key-{Seed}-{_random.NextInt64():x}";

    private T Any<T>(IReadOnlyList<T> all) => all[_random.Next(all.Count)];

    private sealed record Payment(string Charge, long Left);
}

/// <summary>A work, its offers, and by which split it has been shared since when.</summary>
internal sealed record SimulatedWork(WorkId Id, Member Owner, OfferId Metered, OfferId Once, Guid Unit)
{
    public List<(DateTimeOffset From, Dictionary<OrganisationId, int> Parts)> Rules { get; } = [];

    public Dictionary<LicenceId, int> FeeOf { get; } = [];

    /// <summary>0 is the rule of a work that has none: everything to its owner.</summary>
    public int VersionAt(DateTimeOffset at) => Rules.FindLastIndex(r => r.From <= at) + 1;

    public int PartOf(OrganisationId payee, int version) => version == 0
        ? (payee == Owner.Organisation ? 10_000 : 0)
        : Rules[version - 1].Parts.GetValueOrDefault(payee);
}

/// <summary>What an honest gate delivered, under which version of the work's rule.</summary>
internal sealed record Delivered(int Buyer, SimulatedWork Work, LicenceId Licence, long Bytes, int RuleVersion);

/// <summary>The gates of the town.</summary>
internal sealed record Gates(SimulatedGate North, SimulatedGate South, SimulatedGate Rogue)
{
    public SimulatedGate Honest(Random random) => random.Next(2) == 0 ? North : South;
}
