using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Hosting;
using Tallystick.Xrpl.Client;
using Tallystick.Xrpl.Transactions;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Client;

/// <summary>The client against the simulator over real sockets: both transports, both API versions, several nodes,
/// and nodes that lie, lag, drop, fork and restart.</summary>
public sealed class LedgerClientTests : IAsyncLifetime
{
    private static readonly KeyPair Rich = Seed.Parse("snoPBrXtMeMyMHUVTgbuqAfg1SUTb").DeriveKeyPair();
    private static readonly AccountId Payee = AccountId.Parse("r4htF2zrA1ePpqFsagxNLiwaNneoA6myKs");

    private static readonly NodeOptions Fast = new()
    {
        RequestTimeout = TimeSpan.FromSeconds(5), BackoffFirst = TimeSpan.FromMilliseconds(20), BackoffMax = TimeSpan.FromMilliseconds(200),
    };

    private readonly HttpClient _http = new();
    private SimulatorHost _host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await SimulatorHost.Start(
        new SimulatorOptions([(0, 0), (0, 0), (0, 0), (0, 21337)], null), TimeProvider.System, Stop);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task A_node_that_goes_away_right_after_it_was_connected_to_is_unreachable()
    {
        using var http = new HttpClient(new Away());
        await using var transport = new JsonRpcTransport(new Uri("http://node.test/"), http, Fast, TimeProvider.System);

        await Should.ThrowAsync<NodeUnreachableException>(() => transport.Ask(new("fee"), Stop));
    }

    [Theory]
    [InlineData("ws", 1)]
    [InlineData("ws", 2)]
    [InlineData("http", 1)]
    [InlineData("http", 2)]
    public async Task A_payment_is_submitted_validated_and_found_by_hash_ctid_and_history(string scheme, int apiVersion)
    {
        await using var client = Client([0], 1, scheme, apiVersion);
        var signed = await Pay(client, 5_000_000);
        (await client.Submit(Hex(signed), Stop)).Result.ShouldBe(EngineResult.Success);
        (await client.LookUp(signed.Hash, 3, 3, Stop)).ShouldBeOfType<TransactionLookup.Undecided>("it is not validated yet");
        await client.AcceptLedger(Stop);

        var found = (await client.LookUp(signed.Hash, 3, 3, Stop)).ShouldBeOfType<TransactionLookup.Found>().Transaction;
        found.LedgerIndex.ShouldBe(3u);
        found.Result.ShouldBe(EngineResult.Success);
        found.Delivered!.Value.GetString().ShouldBe("5000000");
        (await client.LookUpByCtid("C000000300000000", Stop))!.Hash.ShouldBe(signed.Hash);
        await Should.ThrowAsync<ArgumentException>(client.LookUpByCtid("C000000300005359", Stop));
        var account = (await client.GetAccount(Payee, LedgerSelector.Validated, Stop))!;
        (account.Balance, account.LedgerIndex, account.Validated).ShouldBe((new Drops(5_000_000), 3u, true));
        (await client.GetAccount(AccountId.Parse("raoCiawxnCmAhznD7q8ogrfaojnVnsZXot"), LedgerSelector.Validated, Stop)).ShouldBeNull();
        var history = new List<Hash256>();
        await foreach (var item in client.AccountTransactions(Payee, 2, 3, Stop)) history.Add(item.Hash);
        history.ShouldBe([signed.Hash]);
        var header = await client.GetLedger(LedgerSelector.At(3), withTransactions: true, Stop);
        header.Transactions.ShouldBe([signed.Hash]);
        (await client.GetFee(Stop)).OpenLedgerFee.ShouldBe(new Drops(10));
        var state = await client.GetServerState(Stop);
        (state.ReserveBase, state.ReserveIncrement, state.NetworkId).ShouldBe((new Drops(1_000_000), new Drops(200_000), 0u));
    }

    [Fact]
    public async Task A_channel_is_read_from_a_validated_ledger_and_gone_after_it_is_closed()
    {
        await using var client = Client([0, 1], 2, "ws", 2);
        await Send(client, await Pay(client, 500_000_000));
        var sequence = (await client.GetAccount(Rich.Account, LedgerSelector.Current, Stop))!.Sequence;
        await Send(client, new PaymentChannelCreate(Rich.Account, Payee, new Drops(40_000_000), 3600, Rich.PublicKey)
        {
            Sequence = sequence, Fee = new Drops(12),
        }.Sign(Rich));
        var id = ChannelId.Of(Rich.Account, Payee, sequence);
        var channel = (await client.GetChannel(id, LedgerSelector.Validated, Stop))!;
        (channel.Amount, channel.Balance, channel.SettleDelay, channel.Destination).ShouldBe((new Drops(40_000_000), new Drops(0), 3600u, Payee));
        channel.PublicKey.ShouldBe(Rich.PublicKey.ToString());
        (await client.GetAccountChannels(Rich.Account, Payee, LedgerSelector.Validated, Stop)).ShouldBe([id]);
        var claim = new ChannelClaim(id, new Drops(1_000_000));
        (await client.VerifyClaim(id, claim.Amount, channel.PublicKey, Convert.ToHexString(claim.Sign(Rich)), Stop)).ShouldBeTrue();
        (await client.GetChannel(ChannelThatIsNot(), LedgerSelector.Validated, Stop)).ShouldBeNull();

        // One of two nodes sees other funds: no answer is better than a wrong one.
        _host.Nodes[1].Faults.Set("channel_amount", true);
        await Should.ThrowAsync<NodesDisagreeException>(client.GetChannel(id, LedgerSelector.Validated, Stop));
        await using var three = Client([0, 1, 2], 2, "ws", 2);
        (await three.GetChannel(id, LedgerSelector.Validated, Stop))!.Amount.ShouldBe(new Drops(40_000_000));
    }

    [Fact]
    public async Task A_node_of_another_network_is_never_asked()
    {
        await using var client = Client([3], 1, "ws", 2);
        (await Should.ThrowAsync<NodeUnreachableException>(client.GetFee(Stop))).Message.ShouldContain("network 21337");
        await using var both = Client([3, 0], 1, "ws", 2);
        (await both.GetServerState(Stop)).NetworkId.ShouldBe(0u);
    }

    [Fact]
    public async Task Absence_is_proven_only_by_a_complete_range_and_not_by_a_node_that_lost_its_history()
    {
        await using var client = Client([0], 1, "http", 2);
        var never = new Hash256(new byte[32]);
        for (var i = 0; i < 5; i++) await client.AcceptLedger(Stop);
        (await client.LookUp(never, 2, 7, Stop)).ShouldBe(new TransactionLookup.Absent(2, 7));
        (await client.LookUp(never, 1, 7, Stop)).ShouldBeOfType<TransactionLookup.Undecided>("ledger 1 is not held");
        (await client.LookUp(never, 2, 8, Stop)).ShouldBeOfType<TransactionLookup.Undecided>("ledger 8 is not validated");
        await Admin(0, new() { ["command"] = "sim_restart", ["lose_history"] = true });
        (await client.LookUp(never, 2, 7, Stop)).ShouldBeOfType<TransactionLookup.Undecided>();
    }

    [Fact]
    public async Task A_lie_about_absence_does_not_outvote_a_node_that_has_it()
    {
        await using var client = Client([0, 1, 2], 1, "ws", 2);
        var signed = await Pay(client, 5_000_000);
        await Send(client, signed);
        await Admin(0, new() { ["command"] = "sim_lie", ["about"] = "not_found" });
        await Admin(1, new() { ["command"] = "sim_lie", ["about"] = "not_found" });
        (await client.LookUp(signed.Hash, 2, 3, Stop)).ShouldBeOfType<TransactionLookup.Found>();
    }

    [Fact]
    public async Task An_unvalidated_transaction_called_validated_by_one_node_is_not_found()
    {
        await using var client = Client([0, 1, 2], 2, "ws", 2);
        var signed = await Pay(client, 5_000_000);
        await client.Submit(Hex(signed), Stop);
        await Admin(0, new() { ["command"] = "sim_lie", ["about"] = "validated" });
        (await client.LookUp(signed.Hash, 2, 3, Stop)).ShouldBeOfType<TransactionLookup.Undecided>();
    }

    [Fact]
    public async Task A_fork_and_a_lagging_node_do_not_move_what_is_agreed()
    {
        await using var client = Client([0, 1, 2], 2, "ws", 2);
        await Admin(0, new() { ["command"] = "sim_fork" });
        await Admin(0, new() { ["command"] = "sim_close", ["ledgers"] = 9 });
        (await client.GetValidatedLedgerIndex(Stop)).ShouldBe(2u);
        await Admin(1, new() { ["command"] = "sim_close", ["ledgers"] = 4 });
        (await client.GetValidatedLedgerIndex(Stop)).ShouldBe(6u);
        (await client.GetLedger(LedgerSelector.At(4), false, Stop)).Hash.ShouldBe(_host.Networks[0].Chain.Find(4)!.Hash);
        await Admin(1, new() { ["command"] = "sim_lag", ["ledgers"] = 3 });
        (await client.GetValidatedLedgerIndex(Stop)).ShouldBe(6u, "the fork and one honest node reach it");
    }

    [Fact]
    public async Task A_node_that_is_behind_does_not_say_that_something_is_not_there()
    {
        await using var client = Client([0, 1], 1, "ws", 2);
        await using var ahead = Client([1], 1, "ws", 2);
        await Admin(0, new() { ["command"] = "sim_fork" });
        await ahead.Submit(Hex(await Pay(ahead, 5_000_000)), Stop);
        var sequence = (await ahead.GetAccount(Rich.Account, LedgerSelector.Current, Stop))!.Sequence;
        var open = new PaymentChannelCreate(Rich.Account, Payee, new Drops(5), 3600, Rich.PublicKey)
        {
            Sequence = sequence, Fee = new Drops(12),
        };
        await ahead.Submit(Hex(open.Sign(Rich)), Stop);
        await ahead.AcceptLedger(Stop);
        var channel = ChannelId.Of(Rich.Account, Payee, sequence);

        // To the first node the number of the ledger that the second has validated is still its own open one.
        (await client.GetAccount(Payee, LedgerSelector.Validated, Stop)).ShouldNotBeNull();
        (await client.GetChannel(channel, LedgerSelector.Validated, Stop)).ShouldNotBeNull();
        (await client.GetEntry(channel, LedgerSelector.Validated, Stop)).ShouldNotBeNull();
        (await client.GetAccountChannels(Rich.Account, Payee, LedgerSelector.Validated, Stop)).ShouldBe([channel]);
        await Admin(0, new() { ["command"] = "sim_close", ["ledgers"] = 1 });
        (await client.GetChannel(ChannelThatIsNot(), LedgerSelector.Validated, Stop)).ShouldBeNull("both have validated it");
    }

    [Fact]
    public async Task A_dropped_answer_is_unknown_and_the_next_node_answers()
    {
        await using var client = Client([0, 1], 1, "ws", 2);
        var signed = await Pay(client, 5_000_000);
        await Admin(0, new() { ["command"] = "sim_drop", ["requests"] = "submit" });
        // The first node does the work and dies; the second says that the sequence is used.
        (await client.Submit(Hex(signed), Stop)).Result.Name.ShouldBe("tefPAST_SEQ");
        await client.AcceptLedger(Stop);
        (await client.LookUp(signed.Hash, 2, 3, Stop)).ShouldBeOfType<TransactionLookup.Found>();
    }

    [Fact]
    public async Task Ledgers_are_followed_without_gaps_over_lost_connections()
    {
        await using var client = Client([0], 1, "ws", 2);
        var told = new List<uint>();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var following = Task.Run(async () =>
        {
            await foreach (var ledger in client.FollowLedgers(2, false, end.Token))
            {
                told.Add(ledger.Index);
                if (ledger.Index == 22) return;
            }
        }, end.Token);
        for (var i = 0; i < 20; i++)
        {
            _host.Networks[0].CloseLedger();
            if (i is 5 or 11) await Admin(0, new() { ["command"] = "sim_restart", ["down_ms"] = 100 });
            await Task.Delay(20, Stop);
        }
        await following.WaitAsync(TimeSpan.FromSeconds(60), Stop);
        told.ShouldBe(Enumerable.Range(2, 21).Select(i => (uint)i));
    }

    [Fact]
    public async Task A_request_without_an_answer_times_out_and_the_connection_lives_on()
    {
        await using var transport = new WebSocketTransport(
            new Uri($"ws://127.0.0.1:{_host.Ports[0]}"), Fast with { RequestTimeout = TimeSpan.FromMilliseconds(400) }, TimeProvider.System, new Random(1));
        (await transport.Ask(new("fee"), Stop)).Error.ShouldBeNull();
        await Admin(0, new() { ["command"] = "sim_lag", ["delay_ms"] = 1500 });
        await Should.ThrowAsync<NodeUnreachableException>(transport.Ask(new("fee"), Stop));
        await Admin(0, new() { ["command"] = "sim_honest" });
        await Task.Delay(1600, Stop);
        (await transport.Ask(new("fee"), Stop)).Error.ShouldBeNull();
        transport.ConnectionsMade.ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_that_died_without_a_word_is_made_again()
    {
        await using var line = new BadLine(_host.Ports[0]);
        await using var transport = new WebSocketTransport(
            line.Address, Fast with { KeepAlive = TimeSpan.FromMilliseconds(300), RequestTimeout = TimeSpan.FromSeconds(20) }, TimeProvider.System, new Random(1));
        (await transport.Ask(new("fee"), Stop)).Error.ShouldBeNull();
        line.GoDead();

        // What was under way is unknown, and the next question finds a new connection.
        await Should.ThrowAsync<NodeUnreachableException>(transport.Ask(new("fee"), Stop).WaitAsync(TimeSpan.FromSeconds(10), Stop));
        (await transport.Ask(new("fee"), Stop)).Error.ShouldBeNull();
        transport.ConnectionsMade.ShouldBe(2);
    }

    [Fact]
    public async Task A_node_that_takes_connections_and_closes_them_at_once_is_left_in_peace()
    {
        await using var line = new BadLine(_host.Ports[0]) { Cuts = true };
        await using var transport = new WebSocketTransport(
            line.Address, Fast with { BackoffMax = TimeSpan.FromSeconds(10) }, TimeProvider.System, new Random(1));
        await Should.ThrowAsync<NodeUnreachableException>(transport.Ask(new("fee"), Stop));
        await Task.Delay(1500, Stop);
        line.Taken.ShouldBeLessThan(12, "the pauses grow as if it had not been reached at all");
    }

    [Fact]
    public async Task Too_few_answers_are_no_disagreement_and_a_follower_outlives_them()
    {
        await using var client = Client([0, 1], 2, "ws", 2);
        var told = new List<uint>();
        await foreach (var ledger in client.FollowLedgers(2, false, Stop))
        {
            told.Add(ledger.Index);
            if (ledger.Index == 6) break;
            await client.AcceptLedger(Stop);
            await Admin(1, new() { ["command"] = "sim_drop", ["requests"] = "ledger" });
        }

        told.ShouldBe([2u, 3, 4, 5, 6]);
        await Admin(1, new() { ["command"] = "sim_drop", ["requests"] = "ledger" });
        await Should.ThrowAsync<NodeUnreachableException>(client.GetLedger(LedgerSelector.At(3), false, Stop));
    }

    private static Hash256 ChannelThatIsNot() => ChannelId.Of(Payee, Rich.Account, 1);

    private static string Hex(Transaction signed) => Convert.ToHexString(signed.Blob.Span);

    private async Task<Transaction> Pay(LedgerClient client, ulong drops)
    {
        var sequence = (await client.GetAccount(Rich.Account, LedgerSelector.Current, Stop))!.Sequence;
        return new Payment(Rich.Account, Payee, Xrpl.Amount.Of(new Drops(drops))) { Sequence = sequence, Fee = new Drops(12) }.Sign(Rich);
    }

    private async Task Send(LedgerClient client, Transaction signed)
    {
        (await client.Submit(Hex(signed), Stop)).Result.ShouldBe(EngineResult.Success);
        _host.Networks[0].CloseLedger();
    }

    private LedgerClient Client(int[] nodes, int agreeing, string scheme, int apiVersion) => new(
        [.. nodes.Select(n => Transport(n, scheme, apiVersion))],
        new LedgerClientOptions { NodesAgreeing = agreeing, NodeRest = TimeSpan.FromMilliseconds(50) }, TimeProvider.System);

    private INodeTransport Transport(int node, string scheme, int apiVersion)
    {
        var address = new Uri($"{scheme}://127.0.0.1:{_host.Ports[node]}");
        var options = Fast with { ApiVersion = apiVersion };
        return scheme == "ws"
            ? new WebSocketTransport(address, options, TimeProvider.System, new Random(1))
            : new JsonRpcTransport(address, _http, options, TimeProvider.System);
    }

    private async Task Admin(int node, JsonObject command)
    {
        using var body = new StringContent(command.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(new Uri($"http://127.0.0.1:{_host.Ports[node]}/sim"), body, Stop);
        (await answer.Content.ReadAsStringAsync(Stop)).ShouldNotContain("error_message");
    }

    /// <summary>HttpClient lets out what the socket threw when the other side leaves at once.</summary>
    private sealed class Away : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new SocketException((int)SocketError.NotConnected);
    }
}
