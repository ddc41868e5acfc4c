using System.Text.Json.Nodes;
using Tallystick.Crypto;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>Answers that the recording has none of: which members they have, and how refusals are worded.</summary>
public sealed class AnswerShapeTests
{
    private readonly Bank _bank = new();
    private readonly KeyPair _payer;
    private readonly KeyPair _payee;

    public AnswerShapeTests() => (_payer, _payee) = (_bank.Open(1000, SignatureAlgorithm.Secp256k1), _bank.Open(1000));

    [Fact]
    public void A_channel_is_told_with_its_key_in_both_spellings_and_a_claim_is_checked_with_either()
    {
        var channel = OpenChannel();
        var told = Result("account_channels", new() { ["account"] = _payer.Account.ToString() })["channels"]![0]!.AsObject();
        told.Select(member => member.Key).Order(StringComparer.Ordinal).ShouldBe(
            ["account", "amount", "balance", "channel_id", "destination_account", "public_key", "public_key_hex", "settle_delay"]);
        ((string?)told["public_key"], (string?)told["public_key_hex"]).ShouldBe((_payer.PublicKey.ToBase58(), _payer.PublicKey.ToString()));
        ((string?)told["public_key"])!.ShouldStartWith("aB");

        var claim = new ChannelClaim(channel, new Drops(7));
        foreach (var key in new[] { _payer.PublicKey.ToBase58(), _payer.PublicKey.ToString(), _payer.PublicKey.ToString().ToLowerInvariant() })
            Verify(key).ShouldBeTrue();
        Verify(_payee.PublicKey.ToBase58()).ShouldBeFalse();
        Ask("channel_verify", Claim(_payer.PublicKey.ToBase58()[..^1] + "x"))["error"]!.GetValue<string>().ShouldBe("publicMalformed");

        bool Verify(string key) => Result("channel_verify", Claim(key))["signature_verified"]!.GetValue<bool>();

        JsonObject Claim(string key) => new()
        {
            ["channel_id"] = channel.ToString(), ["amount"] = "7", ["public_key"] = key, ["signature"] = Convert.ToHexString(claim.Sign(_payer)),
        };
    }

    [Fact]
    public void A_ledger_without_a_name_is_the_closed_one_and_the_open_one()
    {
        foreach (var version in new[] { 1, 2 })
        {
            var answer = Result("ledger", [], version);
            answer.Select(member => member.Key).ShouldBe(["closed", "open"]);
            var (closed, open) = (answer["closed"]!["ledger"]!, answer["open"]!["ledger"]!);
            ((bool)closed["closed"]!, (bool)open["closed"]!).ShouldBe((true, false));
            closed["ledger_index"]!.ToString().ShouldBe($"{_bank.Node.Validated.Index}");
            open["ledger_index"]!.ToString().ShouldBe($"{_bank.Node.Chain.OpenIndex}");
            // Version 1 writes it as a text.
            open["ledger_index"]!.GetValueKind().ToString().ShouldBe(version == 1 ? "String" : "Number");
            open.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal).ShouldBe(["closed", "ledger_index", "parent_hash"]);
        }
    }

    [Fact]
    public void The_open_ledger_is_found_by_its_number_and_old_names_still_name_ledgers()
    {
        var open = Result("ledger", new() { ["ledger_index"] = _bank.Node.Chain.OpenIndex });
        open["ledger_current_index"]!.GetValue<uint>().ShouldBe(_bank.Node.Chain.OpenIndex);
        var validated = _bank.Node.Validated;
        Result("ledger", new() { ["ledger"] = "validated" })["ledger_index"]!.GetValue<uint>().ShouldBe(validated.Index);
        Result("ledger", new() { ["ledger"] = validated.Hash.ToString() })["ledger_index"]!.GetValue<uint>().ShouldBe(validated.Index);
        Ask("ledger", new() { ["ledger_index"] = _bank.Node.Chain.OpenIndex + 1 })["error"]!.GetValue<string>().ShouldBe("lgrNotFound");
    }

    [Fact]
    public void A_binary_header_hashes_to_the_ledgers_hash_and_a_binary_entry_reads_back()
    {
        var answer = Result("ledger", new() { ["ledger_index"] = "validated", ["binary"] = true, ["transactions"] = true, ["expand"] = true });
        var header = Convert.FromHexString((string)answer["ledger"]!["ledger_data"]!);
        Hash256.Of([.. "LWR\0"u8, .. header]).ToString().ShouldBe((string?)answer["ledger_hash"]);
        var transaction = answer["ledger"]!["transactions"]![0]!.AsObject();
        transaction.Select(member => member.Key).Order(StringComparer.Ordinal).ShouldBe(["hash", "meta_blob", "tx_blob"]);
        Transaction.ParseHex((string)transaction["tx_blob"]!).Hash.ToString().ShouldBe((string?)transaction["hash"]);

        foreach (var index in new[] { OpenChannel().ToString(), Keys.Root(_payer.Account), Keys.Directory(_payer.Account) })
        {
            var json = Result("ledger_entry", new() { ["index"] = index })["node"]!.DeepClone().AsObject();
            var blob = Result("ledger_entry", new() { ["index"] = index, ["binary"] = true })["node_binary"]!.GetValue<string>();
            json.Remove("index");
            Convert.ToHexString(SerializedObject.FromJson(json).ToBytes()).ShouldBe(blob, json.ToJsonString());
        }
    }

    [Theory]
    [InlineData("""{}""", "invalidParams", "No ledger_entry params provided.")]
    [InlineData("""{"index":"zz"}""", "malformedRequest", "Invalid field 'index', not hex string.")]
    [InlineData("""{"payment_channel":"00"}""", "malformedRequest", "Invalid field 'payment_channel', not hex string.")]
    [InlineData("""{"account_root":"rx"}""", "malformedAddress", "Invalid field 'account_root', not AccountID.")]
    [InlineData("""{"ticket":{"account":"$P"}}""", "malformedRequest", "Missing field 'ticket_seq'.")]
    [InlineData("""{"ticket":{"account":"$P","ticket_seq":"x"}}""", "malformedRequest", "Invalid field 'ticket_seq', not number.")]
    [InlineData("""{"ripple_state":{"currency":"USD","accounts":["$P"]}}""", "malformedRequest", "Invalid field 'accounts', not length-2 array of Accounts.")]
    [InlineData("""{"ripple_state":{"currency":"USD","accounts":["$P","$P"]}}""", "malformedRequest", "Cannot have a trustline to self.")]
    [InlineData("""{"payment_channel":"$R"}""", "unexpectedLedgerType", "Unexpected ledger type.")]
    [InlineData("""{"index":"$R","account_root":"$P"}""", "invalidParams", "Too many fields provided.")]
    [InlineData("""{"index":"ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB"}""", "entryNotFound", "Entry not found.")]
    [InlineData("""{"escrow":"ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB"}""", "notSupported", "The ledger simulator does not support entries that are named by escrow.")]
    public void Entries_that_cannot_be_given_are_refused_in_the_nodes_words(string asked, string error, string message)
    {
        var answer = Ask("ledger_entry", JsonNode.Parse(asked
            .Replace("$P", _payer.Account.ToString(), StringComparison.Ordinal)
            .Replace("$R", Keys.Root(_payer.Account), StringComparison.Ordinal))!.AsObject());
        ((string?)answer["error"], (string?)answer["error_message"]).ShouldBe((error, message));
    }

    [Fact]
    public void An_account_that_is_not_there_is_named_beside_the_refusal()
    {
        var nobody = _bank.Key().Account.ToString();
        var answer = Ask("account_info", new() { ["account"] = nobody });
        ((string?)answer["error"], (int)answer["error_code"]!, (string?)answer["account"]).ShouldBe(("actNotFound", 19, nobody));
        answer["ledger_current_index"]!.GetValue<uint>().ShouldBe(_bank.Node.Chain.OpenIndex);
        Ask("account_info", new() { ["account"] = 5 })["error_message"]!.GetValue<string>().ShouldBe("Invalid field 'account'.");
        Ask("account_info", [])["error_message"]!.GetValue<string>().ShouldBe("Missing field 'account'.");
        Result("account_info", new() { ["ident"] = _payer.Account.ToString() })["account_data"]!["Account"]!.GetValue<string>().ShouldBe(_payer.Account.ToString());
    }

    [Fact]
    public void What_waits_is_told_with_its_numbers_and_only_of_the_open_ledger()
    {
        var account = _payer.Account.ToString();
        Result("account_info", new() { ["account"] = account, ["queue"] = true })["queue_data"]!.ToJsonString().ShouldBe("""{"txn_count":0}""");
        Ask("account_info", new() { ["account"] = account, ["queue"] = true, ["ledger_index"] = "validated" })["error"]!.GetValue<string>().ShouldBe("invalidParams");

        var first = _bank.Sequence(_payer.Account);
        for (uint i = 0; i < 1003; i++)
            _bank.Submit(new Payment(_payer.Account, _payee.Account, Xrpl.Amount.Of(new Drops(5))) { Sequence = first + i, LastLedgerSequence = 99 }, _payer);
        var told = Result("account_info", new() { ["account"] = account, ["queue"] = true })["queue_data"]!;
        var waiting = told["transactions"]!.AsArray();
        told["txn_count"]!.ToString().ShouldBe($"{waiting.Count}");
        (told["lowest_sequence"]!.GetValue<uint>(), told["highest_sequence"]!.GetValue<uint>()).ShouldBe((first + 1003u - (uint)waiting.Count, first + 1002));
        ((string?)told["max_spend_drops_total"], (bool)told["auth_change_queued"]!).ShouldBe(($"{17 * waiting.Count}", false));
        waiting[0]!.ToJsonString().ShouldBe(
            $$"""{"seq":{{first + 1003u - (uint)waiting.Count}},"fee_level":"307","fee":"12","max_spend_drops":"17","auth_change":false,"LastLedgerSequence":99}""");
    }

    [Fact]
    public void Objects_are_asked_for_by_either_name_of_their_kind()
    {
        OpenChannel();
        foreach (var name in new[] { "payment_channel", "PayChannel", "paychannel" }) Count(name).ShouldBe(1);
        Count("offer").ShouldBe(0);
        Count("ticket").ShouldBe(0);
        foreach (var wrong in new[] { "moon", "hashes", "DirectoryNode" })
            Ask("account_objects", Objects(wrong))["error_message"]!.GetValue<string>().ShouldBe("Invalid field 'type'.");
        Ask("account_objects", Objects(5))["error_message"]!.GetValue<string>().ShouldBe("Invalid field 'type', not string.");

        int Count(string name) => Result("account_objects", Objects(name))["account_objects"]!.AsArray().Count;

        JsonObject Objects(JsonNode type) => new() { ["account"] = _payer.Account.ToString(), ["type"] = type };
    }

    [Theory]
    [InlineData("account_channels", "channels")]
    [InlineData("account_objects", "account_objects")]
    public void Pages_lead_to_each_other_and_foreign_markers_lead_nowhere(string command, string list)
    {
        for (var i = 0; i < 23; i++) OpenChannel();
        var met = new List<string>();
        JsonNode? marker = null;
        do
        {
            var asked = new JsonObject { ["account"] = _payer.Account.ToString(), ["limit"] = 10 };
            if (marker is not null) asked["marker"] = marker.DeepClone();
            var page = Result(command, asked);
            met.AddRange(page[list]!.AsArray().Select(one => (string)(one!["channel_id"] ?? one["index"])!));
            marker = page["marker"];
            page.ContainsKey("limit").ShouldBe(marker is not null);
        }
        while (marker is not null);
        met.Distinct().Count().ShouldBe(23);
        met.Count.ShouldBe(23);
        foreach (var wrong in new JsonNode[] { "x", $"{met[0]}", "00,0", 5 })
            Ask(command, new() { ["account"] = _payer.Account.ToString(), ["marker"] = wrong })["error"]!.GetValue<string>().ShouldBe("invalidParams");
        foreach (var wrong in new JsonNode[] { "10", -1, 1.5, true })
            Ask(command, new() { ["account"] = _payer.Account.ToString(), ["limit"] = wrong })["error_message"]!.GetValue<string>()
                .ShouldBe("Invalid field 'limit', not unsigned integer.");
    }

    [Fact]
    public void Lines_that_are_at_their_default_on_this_side_can_be_left_out()
    {
        _bank.Apply(new TrustSet(_payer.Account, new Xrpl.Amount.Issued(IssuedValue.Parse("5"), CurrencyCode.Parse("USD"), _payee.Account)), _payer)
            .ShouldBe("tesSUCCESS");
        Lines(_payer, ignoreDefault: true).ShouldBe(1);
        Lines(_payee, ignoreDefault: false).ShouldBe(1);
        Lines(_payee, ignoreDefault: true).ShouldBe(0);

        int Lines(KeyPair whose, bool ignoreDefault) =>
            Result("account_lines", new() { ["account"] = whose.Account.ToString(), ["ignore_default"] = ignoreDefault, ["peer"] = "" })["lines"]!.AsArray().Count;
    }

    [Fact]
    public void A_transaction_in_binary_is_its_blob_in_either_version()
    {
        var signed = _bank.Sign(new Payment(_payer.Account, _payee.Account, Xrpl.Amount.Of(new Drops(5))), _payer);
        _bank.Apply(signed).ShouldBe("tesSUCCESS");
        var asked = new JsonObject { ["transaction"] = signed.Hash.ToString(), ["binary"] = true };
        var first = Result("tx", (JsonObject)asked.DeepClone(), 1);
        first.Select(member => member.Key).Order(StringComparer.Ordinal).ShouldBe(["ctid", "date", "hash", "inLedger", "ledger_index", "meta", "tx", "validated"]);
        var second = Result("tx", (JsonObject)asked.DeepClone());
        second.Select(member => member.Key).Order(StringComparer.Ordinal).ShouldBe(
            ["close_time_iso", "ctid", "hash", "ledger_hash", "ledger_index", "meta_blob", "tx_blob", "validated"]);
        ((string?)first["tx"], (string?)first["meta"]).ShouldBe(((string?)second["tx_blob"], (string?)second["meta_blob"]));
        Ask("tx", new() { ["transaction"] = "zz" })["error"]!.GetValue<string>().ShouldBe("notImpl");

        foreach (var (version, meta) in new[] { (1, "meta"), (2, "meta_blob") })
        {
            var item = Result("account_tx", new() { ["account"] = _payee.Account.ToString(), ["binary"] = true }, version)["transactions"]![0]!.AsObject();
            item.Select(member => member.Key).Order(StringComparer.Ordinal).ShouldBe(["ledger_index", meta, "tx_blob", "validated"]);
        }
    }

    [Fact]
    public void A_history_that_cannot_be_told_is_refused_as_its_version_words_it()
    {
        var newest = _bank.Node.Validated.Index;
        Error(1, new() { ["ledger_index_min"] = newest + 5, ["ledger_index_max"] = newest + 9 }).ShouldBe("lgrIdxsInvalid");
        Error(2, new() { ["ledger_index_min"] = 4, ["ledger_index_max"] = 3 }).ShouldBe("invalidLgrRange");
        Error(2, new() { ["ledger_index_max"] = newest + 1 }).ShouldBe("lgrIdxMalformed");
        Error(1, new() { ["ledger_index_max"] = newest + 1 }).ShouldBeNull();
        Error(2, new() { ["ledger_index_min"] = -1, ["ledger_index_max"] = -1 }).ShouldBeNull();
        Error(2, new() { ["ledger_index_min"] = 3, ["ledger_index"] = 3 }).ShouldBe("invalidParams");
        Error(2, new() { ["ledger_index"] = "current" }).ShouldBe("lgrNotValidated");
        Error(2, new() { ["ledger_index"] = newest }).ShouldBeNull();
        Error(2, new() { ["binary"] = "true" }).ShouldBe("invalidParams");
        Error(2, new() { ["marker"] = "x" }).ShouldBe("invalidParams");

        string? Error(int version, JsonObject asked)
        {
            asked["account"] = _payer.Account.ToString();
            return (string?)Ask("account_tx", asked, version)["error"];
        }
    }

    private Hash256 OpenChannel()
    {
        var sequence = _bank.Sequence(_payer.Account);
        _bank.Submit(new PaymentChannelCreate(_payer.Account, _payee.Account, new Drops(100), 60, _payer.PublicKey), _payer).ShouldBe("tesSUCCESS");
        _bank.Close();
        return ChannelId.Of(_payer.Account, _payee.Account, sequence);
    }

    // What came over the wire, read back: numbers and texts as a client sees them.
    private JsonObject Ask(string command, JsonObject asked, int version = 2) =>
        JsonNode.Parse(_bank.Ask(command, JsonNode.Parse(asked.ToJsonString())!.AsObject(), version).ToJsonString())!.AsObject();

    private JsonObject Result(string command, JsonObject asked, int version = 2) =>
        Ask(command, asked, version) is var answer && answer["result"] is JsonObject result ? result : throw new InvalidOperationException(answer.ToJsonString());

    private static class Keys
    {
        public static string Root(AccountId account) => LedgerSimulator.Engine.Keylets.Account(account).ToString();

        public static string Directory(AccountId account) => LedgerSimulator.Engine.Keylets.OwnerDirectory(account).ToString();
    }
}
