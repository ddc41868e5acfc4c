using System.Text.Json.Nodes;
using Tallystick.Crypto;
using Tallystick.LedgerSimulator.Engine;
using Tallystick.LedgerSimulator.Rpc;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>A network in this process with one node, an account that is rich, and others that get what they need.</summary>
internal sealed class Bank
{
    private int _accounts;

    public Bank(uint networkId = 0)
    {
        Time = new FixedTime(new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));
        Network = new Network(new NetworkRules(networkId), Time);
        Node = Network.AddNode("node1");
        Rich = Seed.Parse("snoPBrXtMeMyMHUVTgbuqAfg1SUTb").DeriveKeyPair();
    }

    public FixedTime Time { get; }

    public Network Network { get; }

    public Node Node { get; }

    public KeyPair Rich { get; }

    /// <summary>A new account with so many XRP, validated.</summary>
    public KeyPair Open(ulong xrp, SignatureAlgorithm algorithm = SignatureAlgorithm.Ed25519)
    {
        var key = Key(algorithm);
        Apply(new Payment(Rich.Account, key.Account, Xrpl.Amount.Of(new Drops(xrp * Drops.PerXrp))), Rich).ShouldBe("tesSUCCESS");
        return key;
    }

    /// <summary>A key whose account does not exist.</summary>
    public KeyPair Key(SignatureAlgorithm algorithm = SignatureAlgorithm.Ed25519) =>
        Seed.FromPassphrase($"account {_accounts++}", algorithm).DeriveKeyPair();

    /// <summary>Fills in sequence and fee, signs.</summary>
    public Transaction Sign(TransactionDraft draft, KeyPair key)
    {
        var sequence = draft.TicketSequence is not null ? 0 : draft.Sequence != 0 ? draft.Sequence : Sequence(draft.Account);
        return (draft with { Sequence = sequence, Fee = draft.Fee == default ? new Drops(12) : draft.Fee, NetworkId = Network.Rules.NetworkId }).Sign(key);
    }

    /// <summary>The same for kinds and fields that have no draft: JSON of what is special about it.</summary>
    public Transaction Sign(AccountId account, string json, KeyPair key)
    {
        var fields = (JsonObject)JsonNode.Parse(json)!;
        (fields["Account"], fields["Sequence"], fields["Fee"]) = (account.ToString(), Sequence(account), "12");
        return new Transaction(SerializedObject.FromJson(fields)).Sign(key);
    }

    public uint Sequence(AccountId account) => Node.Chain.ReadOpen((open, _) => open.State.Account(account)!.Sequence);

    public string Submit(TransactionDraft draft, KeyPair key) => Submit(Sign(draft, key));

    public string Submit(Transaction transaction) => Ask("submit", new JsonObject { ["tx_blob"] = Convert.ToHexString(transaction.Blob.Span) }) is var answer
        && answer["result"] is { } result ? result["engine_result"]!.GetValue<string>() : answer["error"]!.GetValue<string>();

    /// <summary>Submits, closes, and gives the validated result; the preliminary one when it did not get in.</summary>
    public string Apply(TransactionDraft draft, KeyPair key) => Apply(Sign(draft, key));

    public string Apply(Transaction signed)
    {
        var preliminary = Submit(signed);
        Close();
        return Find(signed.Hash)?.Meta.Result.Name ?? preliminary;
    }

    public ClosedTx? Find(Hash256 hash) => Node.FindTransaction(hash);

    public void Close() => Node.CloseLedger();

    public long Balance(AccountId account) => Node.Chain.Newest.State.Account(account)!.Balance;

    public JsonObject Ask(string command, JsonObject? parameters = null, int apiVersion = 2)
    {
        // As it comes over the wire: a number in memory knows more of its kind than one in text.
        var body = JsonNode.Parse((parameters ?? []).ToJsonString())!.AsObject();
        body["command"] = command;
        return RpcDoor.AnswerWebSocket(Node, body, command, apiVersion, null);
    }
}
