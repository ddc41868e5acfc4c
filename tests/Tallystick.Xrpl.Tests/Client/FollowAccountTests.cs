using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Hosting;
using Tallystick.Xrpl.Client;
using Tallystick.Xrpl.Tests.Submission;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Client;

/// <summary>Following an account: every transaction that touches it, in order, once, whatever happens to connections.</summary>
public sealed class FollowAccountTests : IAsyncLifetime
{
    private static readonly KeyPair Rich = Seed.Parse("snoPBrXtMeMyMHUVTgbuqAfg1SUTb").DeriveKeyPair();
    private static readonly AccountId Payee = AccountId.Parse("r4htF2zrA1ePpqFsagxNLiwaNneoA6myKs");
    private static readonly AccountId Stranger = AccountId.Parse("rMJS9awwfni3GVa4wQ7DbJayLmXN1Fnjvd");

    private static readonly NodeOptions Fast = new()
    {
        RequestTimeout = TimeSpan.FromSeconds(5), BackoffFirst = TimeSpan.FromMilliseconds(20), BackoffMax = TimeSpan.FromMilliseconds(200),
    };

    private readonly List<Hash256> _paid = [];
    private SimulatorHost _host = null!;
    private uint _sequence = 1;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await SimulatorHost.Start(
        new SimulatorOptions([(0, 0), (0, 0)], null), TimeProvider.System, Stop);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Nothing_is_missed_or_told_twice_while_the_node_goes_away_and_comes_back()
    {
        const int payments = 40;
        await using var client = Client([0]);
        var following = Take(client, from: 2, payments);
        for (var i = 0; i < payments; i++)
        {
            PayAndClose(Payee);
            PayAndClose(Stranger);
            if (i % 10 == 3) Admin(0, new() { ["command"] = "sim_restart", ["down_ms"] = 60 });
            if (i % 10 == 7) Admin(0, new() { ["command"] = "sim_disconnect" });
            if (i % 10 == 9) Admin(0, new() { ["command"] = "sim_drop", ["requests"] = "account_tx" });
            await Task.Delay(15, Stop);
        }
        (await following.WaitAsync(TimeSpan.FromSeconds(60), Stop)).ShouldBe(_paid);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_walk_that_one_node_begins_and_another_finishes_tells_nothing_twice(int seed)
    {
        // Many pages in few ledgers: the other node starts again in the ledger where the first one was lost.
        const int payments = 300;
        for (var i = 0; i < payments; i++) Pay(Payee, close: i % 75 == 74);
        var random = new Random(seed);
        await using var client = new LedgerClient(
            [.. _host.Nodes.Select(node => new ChaosTransport(node, random, lossPercent: 4))],
            new LedgerClientOptions { NodesAgreeing = 1, NodeRest = TimeSpan.FromTicks(1), PageSize = 10 }, TimeProvider.System);
        var told = await Take(client, from: 2, payments).WaitAsync(TimeSpan.FromSeconds(60), Stop);
        told.Distinct().Count().ShouldBe(payments);
        told.ShouldBe(_paid, ignoreOrder: true);
    }

    [Fact]
    public async Task A_follower_that_was_stopped_goes_on_from_the_next_ledger()
    {
        for (var i = 0; i < 6; i++) PayAndClose(Payee);
        await using (var before = Client([0]))
        {
            (await Take(before, from: 2, 3)).ShouldBe(_paid[..3]);
        }

        // Made in ledgers 3, 4, 5 … : the third one was in 5.
        for (var i = 0; i < 4; i++) PayAndClose(Payee);
        await using var after = Client([0]);
        (await Take(after, from: 6, 7).WaitAsync(TimeSpan.FromSeconds(30), Stop)).ShouldBe(_paid[3..]);
    }

    [Fact]
    public async Task What_is_not_validated_yet_is_not_told()
    {
        await using var client = Client([0]);
        PayAndClose(Payee);
        Pay(Payee, close: false);
        var following = Take(client, from: 2, 2);
        await Task.Delay(200, Stop);
        following.IsCompleted.ShouldBeFalse();
        _host.Networks[0].CloseLedger();
        (await following.WaitAsync(TimeSpan.FromSeconds(30), Stop)).ShouldBe(_paid);
    }

    private static async Task<List<Hash256>> Take(LedgerClient client, uint from, int count)
    {
        var told = new List<Hash256>();
        await foreach (var transaction in client.FollowAccount(Payee, from, Stop))
        {
            told.Add(transaction.Hash);
            if (told.Count == count) break;
        }

        return told;
    }

    private void PayAndClose(AccountId to) => Pay(to, close: true);

    private void Pay(AccountId to, bool close)
    {
        var signed = new Payment(Rich.Account, to, Xrpl.Amount.Of(new Drops(5_000_000))) { Sequence = _sequence++, Fee = new Drops(12) }.Sign(Rich);
        var tx = LedgerSimulator.Engine.Tx.Read(signed.Blob.ToArray());
        _host.Networks[0].Chain.Submit(tx).Result.Name.ShouldBe("tesSUCCESS");
        if (to == Payee) _paid.Add(signed.Hash);
        if (close) _host.Networks[0].CloseLedger();
    }

    private void Admin(int node, JsonObject command) =>
        LedgerSimulator.Rpc.Admin.Run(_host.Nodes[node], (JsonObject)JsonNode.Parse(command.ToJsonString())!).ContainsKey("error_message").ShouldBeFalse();

    private LedgerClient Client(int[] nodes) => new(
        [.. nodes.Select(n => new WebSocketTransport(new Uri($"ws://127.0.0.1:{_host.Ports[n]}"), Fast, TimeProvider.System, new Random(1)))],
        new LedgerClientOptions { NodesAgreeing = 1, NodeRest = TimeSpan.FromMilliseconds(50) }, TimeProvider.System);
}
