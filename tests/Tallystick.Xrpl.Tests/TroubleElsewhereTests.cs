using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Tests.Simulator;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Tests;

/// <summary>What people reported of other libraries and of the node's software, tried on ours.</summary>
public sealed class TroubleElsewhereTests
{
    private const string Issuer = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh";
    private const string TaggedOne = "XVPcpSm47b1CZkf5AkKM9a84dQHe3mStTFRCftmx38NkCG9";

    [Theory]
    [InlineData("283", "0000000000000283")]
    [InlineData("0", "0000000000000000")]
    [InlineData("ffffffffffffffff", "FFFFFFFFFFFFFFFF")]
    public void A_number_of_64_bits_is_written_in_full_however_short_its_digits(string text, string bytes) =>
        Convert.ToHexString(SerializedObject.FromJson(new JsonObject { ["HighNode"] = text }).ToBytes()).ShouldBe("38" + bytes);

    [Theory]
    [InlineData("0000000000000000000000005852500000000000", null)]
    [InlineData("0000000000000000000000005553440000000001", null)]
    [InlineData("0000000000000000000000005553440000000000", "USD")]
    [InlineData("000000000000000000000000C3A9440000000000", null)]
    [InlineData("0000000000000000000000000000000000000001", null)]
    [InlineData("0100000000000000000000005553440000000000", null)]
    public void A_currency_is_shown_as_a_code_only_when_the_code_says_all_of_it(string bytes, string? code)
    {
        var blob = "61D4838D7EA4C68000" + bytes + "B5F762798A53D543A014CAF8B297CFF8F2F937E8";
        var read = SerializedObject.ParseHex(blob);
        read.ToJson()["Amount"]!["currency"]!.GetValue<string>().ShouldBe(code ?? bytes);
        Convert.ToHexString(SerializedObject.FromJson(read.ToJson()).ToBytes()).ShouldBe(blob);
    }

    [Theory]
    [InlineData("9999999999999999e80", null)]
    [InlineData("-9999999999999999e80", null)]
    [InlineData("1e-81", null)]
    [InlineData("1.000005678901234e-10", "0.0000000001000005678901234")]
    [InlineData("9e+51", "9000000000000000000000000000000000000000000000000000")]
    [InlineData("1E5", "100000")]
    public void The_largest_and_the_smallest_value_are_read_with_and_without_an_exponent(string text, string? plain)
    {
        var amount = Issued(text);
        var shown = amount.ToJson()["Amount"]!["value"]!.GetValue<string>();
        if (plain is not null) shown.ShouldBe(plain);
        shown.ShouldNotContain("e");
        Convert.ToHexString(Issued(shown).ToBytes()).ShouldBe(Convert.ToHexString(amount.ToBytes()));
    }

    [Fact]
    public void The_host_s_language_changes_nothing()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            var numbers = strange.NumberFormat;
            (numbers.NegativeSign, numbers.PositiveSign, numbers.NumberDecimalSeparator, numbers.NumberGroupSeparator) = ("~", "&", ",", ".");
            CultureInfo.CurrentCulture = strange;
            var read = Issued("-1234567890.123456e-3");
            read.ToJson()["Amount"]!["value"]!.GetValue<string>().ShouldBe("-1234567.890123456");
            var payment = new Payment(AccountId.Parse(Issuer), XAddress.Parse(TaggedOne).Account, Xrpl.Amount.Of(Drops.Parse("1000000")))
            {
                Fee = new Drops(12), Sequence = 1, SourceTag = 4_000_000_000,
            };
            payment.ToTransaction().Fields.ToJson()["Amount"]!.GetValue<string>().ShouldBe("1000000");
            Should.Throw<XrplFormatException>(() => Issued("1,5"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("Destination", "DestinationTag")]
    [InlineData("Account", "SourceTag")]
    public void A_tag_beside_an_x_address_is_taken_when_it_is_the_same_tag(string account, string tag)
    {
        SerializedObject.FromJson(new JsonObject { [account] = TaggedOne, [tag] = 1 }).ToJson()[tag]!.ToJsonString().ShouldBe("1");
        Should.Throw<XrplFormatException>(() => SerializedObject.FromJson(new JsonObject { [account] = TaggedOne, [tag] = 2 }))
            .Message.ShouldStartWith(tag);
        Should.Throw<XrplFormatException>(() => SerializedObject.FromJson(new JsonObject { [account] = TaggedOne, [tag] = null }));
    }

    [Fact]
    public void A_claim_of_nothing_or_of_more_than_there_is_can_be_signed_but_not_taken()
    {
        var bank = new Bank();
        var (payer, payee) = (bank.Open(1000), bank.Open(1000));
        var create = new PaymentChannelCreate(payer.Account, payee.Account, new Drops(5_000_000), 60, payer.PublicKey)
        {
            Sequence = bank.Sequence(payer.Account),
        };
        bank.Apply(create, payer).ShouldBe("tesSUCCESS");
        var channel = ChannelId.Of(payer.Account, payee.Account, create.Sequence);

        foreach (var drops in new ulong[] { 0, 200_000_000_000_000_000, ulong.MaxValue })
        {
            var claim = new ChannelClaim(channel, new Drops(drops));
            var verified = bank.Ask("channel_verify", new JsonObject
            {
                ["channel_id"] = $"{channel}", ["amount"] = $"{drops}", ["public_key"] = $"{payer.PublicKey}",
                ["signature"] = Convert.ToHexString(claim.Sign(payer)),
            });
            verified["result"]!["signature_verified"]!.GetValue<bool>().ShouldBeTrue();
        }

        bank.Apply(Claim(0), payee).ShouldBe("temBAD_AMOUNT");
        bank.Apply(Claim(5_000_001), payee).ShouldBe("tecUNFUNDED_PAYMENT");
        Should.Throw<ArgumentOutOfRangeException>(() => Claim(200_000_000_000_000_000).Sign(payee));
        bank.Apply(Claim(5_000_000), payee).ShouldBe("tesSUCCESS");
        bank.Apply(Claim(5_000_000), payee).ShouldBe("tecUNFUNDED_PAYMENT");

        // Closing without a payment needs no balance at all.
        bank.Apply(new PaymentChannelClaim(payer.Account, channel) { Flags = PaymentChannelClaim.CloseFlag }, payer).ShouldBe("tesSUCCESS");

        PaymentChannelClaim Claim(ulong drops) => new(payee.Account, channel)
        {
            Balance = new Drops(drops), Amount = new Drops(drops), ChannelKey = payer.PublicKey,
            Signature = new ChannelClaim(channel, new Drops(drops)).Sign(payer),
        };
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_history_in_pages_of_any_size_is_the_whole_history_in_order(bool forward)
    {
        var bank = new Bank();
        var payee = bank.Open(1000);
        for (var i = 1; i <= 9; i++)
        {
            // Three to a ledger, so that pages end within ledgers and between them.
            bank.Submit(new Payment(bank.Rich.Account, payee.Account, Xrpl.Amount.Of(new Drops((ulong)i))), bank.Rich).ShouldBe("tesSUCCESS");
            if (i % 3 == 0) bank.Close();
        }

        var whole = Walk(400);
        whole.Count.ShouldBe(10);
        for (var size = 1; size < 11; size++) Walk(size).ShouldBe(whole, $"in pages of {size}");

        List<string> Walk(int size)
        {
            var met = new List<string>();
            JsonNode? marker = null;
            do
            {
                var asked = JsonNode.Parse("""{"ledger_index_min": -1, "ledger_index_max": -1}""")!.AsObject();
                (asked["account"], asked["limit"], asked["forward"]) = ($"{payee.Account}", size, forward);
                if (marker is not null) asked["marker"] = marker.DeepClone();
                var reply = bank.Ask("account_tx", asked);
                var page = reply["result"].ShouldNotBeNull(reply.ToJsonString());
                met.AddRange(page["transactions"]!.AsArray().Select(one => (one!["hash"] ?? one["tx"]!["hash"])!.GetValue<string>()));
                marker = page["marker"];
                met.Count.ShouldBeLessThan(20);
            }
            while (marker is not null);
            return met;
        }
    }

    [Fact]
    public void Small_letters_and_numbers_in_quotes_are_the_same_transaction()
    {
        const string Usual = """{"TransactionType":"Payment","Account":"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh","Destination":"rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf","Amount":"1","Fee":"12","Sequence":12,"Flags":2147483648,"Memos":[{"Memo":{"MemoType":"687474703A2F2F","MemoData":"C3A9FF00"}}]}""";
        var strange = Usual.Replace("687474703A2F2F", "687474703a2f2f", StringComparison.Ordinal)
            .Replace("C3A9FF00", "c3a9ff00", StringComparison.Ordinal)
            .Replace("2147483648", "\"2147483648\"", StringComparison.Ordinal);
        using var seed = Seed.Parse("snoPBrXtMeMyMHUVTgbuqAfg1SUTb");
        using var key = seed.DeriveKeyPair();
        var signed = new Transaction(SerializedObject.FromJson(strange)).Sign(key);
        signed.Hash.ShouldBe(new Transaction(SerializedObject.FromJson(Usual)).Sign(key).Hash);

        // Bytes that are no text come back as they went in, and so does the hash.
        new Transaction(SerializedObject.FromJson(signed.Fields.ToJson())).Hash.ShouldBe(signed.Hash);
    }

    [Fact]
    public void A_key_that_is_taken_away_by_an_earlier_ticket_signs_nothing_behind_it()
    {
        var bank = new Bank();
        var (account, old) = (bank.Open(1000), bank.Key());
        bank.Apply(bank.Sign(account.Account, $$"""{"TransactionType": "SetRegularKey", "RegularKey": "{{old.Account}}"}""", account)).ShouldBe("tesSUCCESS");
        var first = bank.Sequence(account.Account) + 1;
        bank.Apply(new TicketCreate(account.Account, 2), account).ShouldBe("tesSUCCESS");
        var balance = bank.Balance(account.Account);

        // In the order sent both are good; in the ledger's order the lower ticket takes the key of the other away.
        var behind = bank.Sign(new AccountSet(account.Account) { TicketSequence = first + 1 }, old);
        bank.Submit(behind).ShouldBe("tesSUCCESS");
        var fields = new JsonObject
        {
            ["TransactionType"] = "SetRegularKey", ["Account"] = $"{account.Account}", ["Fee"] = "12", ["Sequence"] = 0, ["TicketSequence"] = first,
        };
        var takes = new Transaction(SerializedObject.FromJson(fields)).Sign(account);
        bank.Submit(takes).ShouldBe("tesSUCCESS");
        bank.Close();
        bank.Find(takes.Hash)!.Meta.Result.Name.ShouldBe("tesSUCCESS");
        bank.Find(behind.Hash).ShouldBeNull("what nobody may sign costs nothing and stands nowhere");
        bank.Balance(account.Account).ShouldBe(balance - 12);
    }

    private static SerializedObject Issued(string value) => SerializedObject.FromJson(new JsonObject
    {
        ["Amount"] = new JsonObject { ["value"] = value, ["currency"] = "USD", ["issuer"] = Issuer },
    });
}
