using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;
using Tallystick.LedgerSimulator.Transactions;
using Tallystick.Xrpl.Codec;
using PublicKey = Tallystick.Xrpl.PublicKey;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>Takes transactions, and checks claims.</summary>
internal static class SubmitCommand
{
    private const int BlobHexMax = 2 * 1024 * 1024;

    public static JsonObject Submit(Node node, RpcRequest request)
    {
        if (!request.Has("tx_blob"))
            throw RpcException.NotSupported("signing for a client: sign the transaction and send tx_blob");
        var hex = request.Text("tx_blob") ?? "";
        var tx = Read(hex);
        if (tx.Kind == TxKind.Payment && Payment.NeedsPaths(tx)) throw RpcException.NotSupported("payments that need paths or an order book");
        if (Preflight.LocalChecks(tx) is { } fault) throw Invalid($"fails local checks: {fault}");
        return Tell(node, node.Chain.Submit(tx), hex);
    }

    public static JsonObject VerifyClaim(RpcRequest request)
    {
        foreach (var name in (ReadOnlySpan<string>)["public_key", "channel_id", "amount", "signature"])
            if (!request.Has(name)) throw RpcException.Missing(name);
        var key = Key(request.Text("public_key"));
        if (key is null || !Signatures.IsPublicKey(key)) throw new RpcException("publicMalformed", 62, "Public key is malformed.");
        if (!Hash256.TryParse(request.Text("channel_id"), out var channel))
            throw new RpcException("channelMalformed", 45, "Payment channel is malformed.");
        if (!ulong.TryParse(request.Text("amount"), NumberStyles.None, CultureInfo.InvariantCulture, out var drops))
            throw new RpcException("channelAmtMalformed", 46, "Payment channel amount is malformed.");
        if (Bytes(request.Text("signature")) is not { Length: > 0 } signature) throw RpcException.InvalidParams();
        var text = ChannelClaim.ClaimText(channel, unchecked((long)drops));
        return new() { ["signature_verified"] = Signatures.Verify(key, text, signature) };
    }

    /// <summary>Reads a blob as the node's door does.</summary>
    public static Tx Read(string hex)
    {
        if (hex.Length is 0 or > BlobHexMax || Bytes(hex) is not { } blob) throw RpcException.InvalidParams();
        try
        {
            var tx = Tx.Read(blob);
            return TransactionTypes.IsSupported(tx.Kind)
                ? tx
                : throw RpcException.NotSupported($"{NameTable.TransactionTypes.NameOf((int)tx.Kind) ?? $"type {(int)tx.Kind}"} transactions");
        }
        catch (BlobException e)
        {
            throw Invalid(e.Message);
        }
    }

    private static RpcException Invalid(string why) =>
        new("invalidTransaction", 0, "") { ErrorException = why };

    private static JsonObject Tell(Node node, SubmitResult result, string hex)
    {
        var json = TxJson.Of(result.Tx);
        json["hash"] = result.Tx.Hash.ToString();
        if (result.Known is { } known)
        {
            if (TransactionCommands.Ctid(node, known) is { } ctid) json["ctid"] = ctid;
            (json["inLedger"], json["ledger_index"]) = (known.LedgerIndex, known.LedgerIndex);
        }
        return new JsonObject
        {
            ["accepted"] = true,
            ["account_sequence_available"] = result.AvailableSequence,
            ["account_sequence_next"] = result.NextSequence,
            ["applied"] = result.Applied,
            ["broadcast"] = result.Applied || result.Queued,
            ["engine_result"] = result.Result.Name,
            ["engine_result_code"] = result.Result.Code,
            ["engine_result_message"] = result.Result.Message,
            ["kept"] = true,
            ["open_ledger_cost"] = result.OpenLedgerCost.ToString(CultureInfo.InvariantCulture),
            ["queued"] = result.Queued,
            ["tx_blob"] = hex,
            ["tx_json"] = json,
            ["validated_ledger_index"] = result.ValidatedLedger,
        };
    }

    /// <summary>A key in base58 (aB…) or in hexadecimal.</summary>
    private static byte[]? Key(string? text)
    {
        if (!PublicKey.TryParseBase58(text, out var key, out _)) return Bytes(text);
        var bytes = new byte[PublicKey.Bytes];
        key.CopyTo(bytes);
        return bytes;
    }

    private static byte[]? Bytes(string? hex)
    {
        if (hex is null || hex.Length % 2 != 0) return null;
        var bytes = new byte[hex.Length / 2];
        return Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done ? bytes : null;
    }
}
