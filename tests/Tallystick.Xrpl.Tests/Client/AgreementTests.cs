using System.Text.Json.Nodes;
using Tallystick.Xrpl.Client;
using Tallystick.Xrpl.Submission;
using Tallystick.Xrpl.Tests.Simulator;
using Tallystick.Xrpl.Tests.Submission;
using Tallystick.Xrpl.Transactions;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Client;

/// <summary>Nodes that say the same in different words, and nodes that have no word for some questions.</summary>
public sealed class AgreementTests
{
    private readonly Bank _bank = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_order_of_members_is_no_disagreement()
    {
        _bank.Network.AddNode("node2");
        var holder = _bank.Open(1000);
        var dollars = new Amount.Issued(IssuedValue.Parse("5"), CurrencyCode.Parse("USD"), _bank.Rich.Account);
        _bank.Apply(new TrustSet(holder.Account, dollars), holder).ShouldBe("tesSUCCESS");
        var paid = _bank.Sign(new Payment(_bank.Rich.Account, holder.Account, dollars), _bank.Rich);
        _bank.Apply(paid).ShouldBe("tesSUCCESS");
        var create = new PaymentChannelCreate(holder.Account, _bank.Rich.Account, new Drops(5), 60, holder.PublicKey)
        {
            Sequence = _bank.Sequence(holder.Account),
        };
        _bank.Apply(create, holder).ShouldBe("tesSUCCESS");
        var transports = Ways();
        transports[1].Tell = (_, answer) => (JsonObject)Backwards(answer)!;
        await using var client = new LedgerClient(transports, new LedgerClientOptions { NodesAgreeing = 2 }, TimeProvider.System);

        var newest = _bank.Network.Chain.Newest.Index;
        (await client.LookUp(paid.Hash, 2, newest, Stop)).ShouldBeOfType<TransactionLookup.Found>()
            .Transaction.Delivered!.Value.GetProperty("value").GetString().ShouldBe("5");
        var channel = ChannelId.Of(holder.Account, _bank.Rich.Account, create.Sequence);
        (await client.GetEntry(channel, LedgerSelector.Validated, Stop))!.Value.GetProperty("SettleDelay").GetInt32().ShouldBe(60);

        transports[1].Tell = (_, answer) => (JsonObject)Backwards(JsonNode.Parse(
            answer.ToJsonString().Replace("\"value\":\"5\"", "\"value\":\"6\"", StringComparison.Ordinal)))!;
        (await client.LookUp(paid.Hash, 2, newest, Stop)).ShouldBeOfType<TransactionLookup.Undecided>("another amount is one");
    }

    [Fact]
    public async Task A_node_without_a_word_on_fees_does_not_keep_a_submission_open()
    {
        var payer = _bank.Open(1000);
        var transports = Ways();
        transports[0].Tell = (command, answer) => command == "fee"
            ? new JsonObject { ["error"] = "tooBusy", ["error_message"] = "The server is too busy to help you now." }
            : answer;
        await using var client = new LedgerClient(
            transports, new LedgerClientOptions { NodeRest = TimeSpan.FromTicks(1) }, TimeProvider.System);
        var newest = _bank.Network.Chain.Newest.Index;
        var payment = new Payment(payer.Account, _bank.Rich.Account, Xrpl.Amount.Of(new Drops(7))) { LastLedgerSequence = newest + 5 };
        var record = SubmissionRecord.Prepare("payout", SignedAttempt.Of(_bank.Sign(payment, payer)), newest);
        var driver = new SubmissionDriver(
            client, new SubmissionPolicy(), (_, _) => Task.CompletedTask, (_, _, _, _) => throw new InvalidOperationException(), TimeProvider.System);

        for (var step = 0; step < 20 && record.Outcome is null; step++)
        {
            (record, _, var idle) = await driver.Advance(record, Stop);
            if (idle) _bank.Close();
        }

        record.Outcome.ShouldBeOfType<SubmissionOutcome.Validated>().Applied.ShouldBeTrue();
    }

    [Fact]
    public async Task A_node_that_still_catches_up_says_so()
    {
        var transports = Ways();
        transports[0].Tell = (_, answer) => (JsonObject)JsonNode.Parse(
            answer.ToJsonString().Replace("validated_ledger\"", "closed_ledger\"", StringComparison.Ordinal))!;
        await using var client = new LedgerClient(transports, new LedgerClientOptions(), TimeProvider.System);

        var state = await client.GetServerState(Stop);
        (state.ValidatedLedger, state.ReserveBase).ShouldBe((null, new Drops(1_000_000)));
        await Should.ThrowAsync<NodeUnreachableException>(client.GetValidatedLedgerIndex(Stop));
    }

    private List<ChaosTransport> Ways() => [.. _bank.Network.Nodes.Select(node => new ChaosTransport(node, new Random(1), 0))];

    private static JsonNode? Backwards(JsonNode? node) => node switch
    {
        JsonObject told => new JsonObject(told.Reverse().Select(m => KeyValuePair.Create(m.Key, Backwards(m.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Backwards)]),
        { } value => value.DeepClone(),
        null => null,
    };
}
