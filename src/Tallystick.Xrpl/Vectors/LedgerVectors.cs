using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Vectors;

/// <summary>Claims, transactions, and the names and times of things.</summary>
internal static class LedgerVectors
{
    public static void Claim(VectorItem item)
    {
        var hasAmount = Drops.TryParse(item.Text("drops") ?? item.Node("drops")?.ToJsonString(), out var amount);
        var hasChannel = Hash256.TryParse(item.Needed("channel"), out var channel);
        if (hasAmount && hasChannel)
        {
            var blob = new byte[ChannelClaim.BlobBytes];
            new ChannelClaim(channel, amount).WriteBlob(blob);
            if (item.Text("signingBlob") is { } expected)
            {
                item.SameHex("signingBlob", expected, blob);
            }

            if (item.Text("sha512Half") is { } hash)
            {
                item.Same("sha512Half", hash.ToUpperInvariant(), Hash256.Of(blob).ToString());
            }
        }

        var isValid = hasAmount && ChannelClaim.Verify(
            item.Needed("publicKey"), item.Needed("channel"), amount, item.Needed("signature"), item.Suite);
        var expectedValid = item.Flag("valid") ?? item.Flag("rippled_channel_verify")
            ?? throw new XrplFormatException("the vector does not say whether it is valid", "valid");
        item.Same("valid", KeyVectors.Words(expectedValid), KeyVectors.Words(isValid));
    }

    public static void SignedTransaction(VectorItem item)
    {
        if (item.Flag("valid") == false)
        {
            item.Holds("refused", !IsGood(item));
            return;
        }

        if (item.Text("privateKey") is { } privateKey && item.Node("tx_json") is JsonObject json)
        {
            using var key = KeyPair.Parse(privateKey, item.Suite);
            var unsigned = new Transaction(SerializedObject.FromJson(json));
            var signed = unsigned.Sign(key);
            item.Same("publicKey", (item.Text("publicKey") ?? $"{key.PublicKey}").ToUpperInvariant(), key.PublicKey.ToString());
            if (item.Text("signing_blob") is { } signingBlob)
            {
                item.SameHex("signing_blob", signingBlob, signed.SigningData());
            }

            item.SameHex("tx_blob signed here", item.Needed("tx_blob"), signed.Blob.Span);
            item.Same("hash signed here", item.Needed("hash").ToUpperInvariant(), signed.Hash.ToString());
        }

        var read = Transaction.ParseHex(item.Needed("tx_blob"));
        item.SameHex("tx_blob written back", item.Needed("tx_blob"), read.Blob.Span);
        item.Holds("signature verifies", read.VerifySignatures(item.Suite));
        if (item.Text("hash") is { } hash)
        {
            item.Same("hash", hash.ToUpperInvariant(), read.Hash.ToString());
        }

        if (item.Node("signed_json") is JsonObject signedJson)
        {
            var decoded = read.Fields.ToJson();
            item.Holds("signed_json decoded", JsonNode.DeepEquals(signedJson, decoded));
            item.SameHex(
                "tx_blob of signed_json", item.Needed("tx_blob"), SerializedObject.FromJson(signedJson).ToBytes());
        }
    }

    public static void Channel(VectorItem item) => item.Same(
        "channelId",
        item.Needed("channelId").ToUpperInvariant(),
        ChannelId.Of(
            AccountId.Parse(item.Needed("account")),
            AccountId.Parse(item.Needed("destination")),
            Fit<uint>(item, "sequence")).ToString());

    public static void ConciseId(VectorItem item)
    {
        var isValid = Ctid.TryParse(item.Text("ctid"), out var ctid);
        if (item.Flag("valid") == false)
        {
            item.Holds("refused", !isValid || Parts(item) != (ctid.LedgerIndex, ctid.TransactionIndex, ctid.NetworkId));
            return;
        }

        item.Holds("readable", isValid);
        item.Same("ledger_index", Number(item, "ledger_index"), $"{ctid.LedgerIndex}");
        item.Same("txn_index", Number(item, "txn_index"), $"{ctid.TransactionIndex}");
        item.Same("network_id", Number(item, "network_id"), $"{ctid.NetworkId}");
        if (item.NeededNumber("ledger_index") <= Ctid.LedgerIndexMax)
        {
            var made = new Ctid(Fit<uint>(item, "ledger_index"), Fit<ushort>(item, "txn_index"), Fit<ushort>(item, "network_id"));
            item.Same("ctid", item.Needed("ctid").ToUpperInvariant(), made.ToString());
        }
    }

    public static void Time(VectorItem item)
    {
        var (unix, ripple) = (item.NeededNumber("unix"), item.NeededNumber("ripple"));
        var fits = unix is >= RippleTime.EpochUnixSeconds and <= RippleTime.EpochUnixSeconds + uint.MaxValue;
        item.Same(
            "ripple",
            ripple.ToString(CultureInfo.InvariantCulture),
            fits ? $"{RippleTime.FromUnixSeconds(unix).Seconds}" : "out of range");
        item.Same(
            "unix", unix.ToString(CultureInfo.InvariantCulture), $"{new RippleTime(Fit<uint>(item, "ripple")).ToUnixSeconds()}");
    }

    public static void PartialPayment(VectorItem item)
    {
        var meta = new JsonObject { ["TransactionResult"] = item.Needed("TransactionResult") };
        if (item.Node("delivered_amount") is { } delivered)
        {
            meta["delivered_amount"] = delivered.DeepClone();
        }

        // An issued currency credits no drops, which a vector may write as null or as 0.
        var read = DeliveredAmount.FromMetadata(meta);
        var isIssued = read is DeliveredAmount.Delivered { Amount: not Amount.Xrp };
        var expected = item.Text("credit_drops") ?? item.Node("credit_drops")?.ToJsonString();
        item.Same("credit_drops", expected ?? (isIssued ? "0" : "unknown"), read.CreditedDrops?.ToString() ?? "unknown");
    }

    private static bool IsGood(VectorItem item)
    {
        try
        {
            return Transaction.ParseHex(item.Needed("tx_blob")).VerifySignatures(item.Suite);
        }
        catch (XrplFormatException)
        {
            return false;
        }
    }

    private static (long?, long?, long?) Parts(VectorItem item) =>
        (item.Number("ledger_index"), item.Number("txn_index"), item.Number("network_id"));

    private static string Number(VectorItem item, string member) =>
        item.NeededNumber(member).ToString(CultureInfo.InvariantCulture);

    private static T Fit<T>(VectorItem item, string member)
        where T : System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T>
    {
        var number = item.NeededNumber(member);
        return number >= 0 && number <= long.CreateChecked(T.MaxValue)
            ? T.CreateChecked(number)
            : throw new XrplFormatException($"{number} is outside 0 to {T.MaxValue}", member);
    }
}
