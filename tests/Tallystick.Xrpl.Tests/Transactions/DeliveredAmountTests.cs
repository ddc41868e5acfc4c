using System.Text.Json.Nodes;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Tests.Transactions;

public sealed class DeliveredAmountTests
{
    [Theory]
    [InlineData("""{"validated":true,"TransactionType":"Payment","Amount":"1000","meta":{"TransactionResult":"tesSUCCESS","delivered_amount":"1"}}""", "1")]
    [InlineData("""{"validated":true,"tx_json":{"TransactionType":"Payment","DeliverMax":"1000"},"meta":{"TransactionResult":"tesSUCCESS","delivered_amount":"1"}}""", "1")]
    [InlineData("""{"validated":false,"TransactionType":"Payment","meta":{"TransactionResult":"tesSUCCESS","delivered_amount":"1"}}""", null)]
    [InlineData("""{"TransactionType":"Payment","meta":{"TransactionResult":"tesSUCCESS","delivered_amount":"1"}}""", null)]
    [InlineData("""{"validated":"true","TransactionType":"Payment","meta":{"TransactionResult":"tesSUCCESS","delivered_amount":"1"}}""", null)]
    [InlineData("""{"validated":true,"TransactionType":"EscrowFinish","meta":{"TransactionResult":"tesSUCCESS","delivered_amount":"1"}}""", null)]
    [InlineData("""{"validated":true,"TransactionType":"Payment","meta":"201C00000000F8E311"}""", null)]
    [InlineData("""{"validated":true,"TransactionType":"Payment","meta":{"TransactionResult":"tecPATH_DRY"}}""", "0")]
    [InlineData("""{"validated":true,"TransactionType":"Payment","meta":{"TransactionResult":"tecPATH_DRY","delivered_amount":"5"}}""", "0")]
    [InlineData("""{"validated":true,"TransactionType":"Payment","Amount":"5","meta":{"TransactionResult":"tesSUCCESS"}}""", null)]
    [InlineData("""{"validated":true,"TransactionType":"Payment","meta":{"TransactionResult":"tesSUCCESS","delivered_amount":"unavailable"}}""", null)]
    [InlineData("""{"validated":true,"TransactionType":"Payment","meta":{"TransactionResult":"tesSUCCESS","delivered_amount":"-5"}}""", null)]
    [InlineData("""{"validated":true,"TransactionType":"Payment","meta":{"TransactionResult":"tesSUCCESS","delivered_amount":5}}""", null)]
    [InlineData("""{"validated":true,"TransactionType":"Payment","meta":{"TransactionResult":"tefPAST_SEQ","delivered_amount":"5"}}""", null)]
    [InlineData("""{"validated":true,"TransactionType":"Payment","meta":{"TransactionResult":"tesSUCCESS","delivered_amount":{"value":"5","currency":"USD","issuer":"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"}}}""", "0")]
    public void Only_delivered_xrp_in_a_validated_ledger_is_credited(string result, string? drops) =>
        (DeliveredAmount.FromTx(JsonNode.Parse(result)!.AsObject()).CreditedDrops?.ToString()).ShouldBe(drops);

    [Fact]
    public void Unknown_says_why() =>
        DeliveredAmount.FromTx([]).ShouldBeOfType<DeliveredAmount.Unknown>().Reason.ShouldBe("not in a validated ledger");
}
