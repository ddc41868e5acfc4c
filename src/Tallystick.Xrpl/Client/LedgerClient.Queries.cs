using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Client;

public sealed partial class LedgerClient
{
    /// <summary>What the first node that answers says of itself. Its word only.</summary>
    public async Task<ServerState> GetServerState(CancellationToken stop) =>
        ServerState.Read(Result(await AskAny(new("server_state"), stop)));

    /// <summary>What entry into the ledger costs now. One node's word: cap what you offer.</summary>
    public async Task<FeeQuote> GetFee(CancellationToken stop) =>
        FeeQuote.Read(Result(await AskAny(new("fee"), stop)));

    /// <summary>The newest ledger that as many nodes as must agree have validated.</summary>
    /// <exception cref="NodeUnreachableException">Too few nodes answered.</exception>
    public async Task<uint> GetValidatedLedgerIndex(CancellationToken stop)
    {
        Exception? last = null;
        var indexes = (await Task.WhenAll(_nodes.Select(Newest))).OfType<uint>().OrderDescending().ToList();
        if (indexes.Count >= _options.NodesAgreeing) return indexes[_options.NodesAgreeing - 1];
        stop.ThrowIfCancellationRequested();
        throw new NodeUnreachableException(
            $"{_options.NodesAgreeing} nodes", last?.Message ?? $"only {indexes.Count} answered", last);

        async Task<uint?> Newest(LedgerNode node)
        {
            try
            {
                return ServerState.Read(Result(await AskNode(node, new("server_state"), stop))).ValidatedLedger;
            }
            catch (Exception e) when (e is NodeUnreachableException or NodeProtocolException or NodeRefusedException)
            {
                last = e;
                return null;
            }
        }
    }

    /// <summary>A validated ledger's header, agreed by hash.</summary>
    /// <param name="ledger">A number or the newest validated one.</param>
    /// <param name="withTransactions">Fill in the hashes of its transactions.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="ArgumentException">The open ledger has no header yet.</exception>
    public async Task<LedgerHeader> GetLedger(LedgerSelector ledger, bool withTransactions, CancellationToken stop)
    {
        var at = await Pin(ledger, stop);
        return await AskAgreed<LedgerHeader>($"ledger {at}", async (node, give) =>
        {
            var parameters = With([], LedgerSelector.At(at));
            if (withTransactions) parameters["transactions"] = true;
            var reply = await AskNode(node, new("ledger", parameters), give);
            RequireValidated(reply, at);
            return LedgerHeader.Read(reply.Result);
        }, h => (h.Hash, string.Join(',', h.Transactions)), stop);
    }

    /// <summary>An account, or null when it does not exist in that ledger.</summary>
    /// <param name="account">The account.</param>
    /// <param name="ledger">Validated answers are agreed; <see cref="LedgerSelector.Current"/> is one node's
    /// provisional word (good for the next sequence number, for nothing else).</param>
    /// <param name="stop">Gives up.</param>
    public async Task<AccountState?> GetAccount(AccountId account, LedgerSelector ledger, CancellationToken stop)
    {
        var parameters = new JsonObject { ["account"] = account.ToString() };
        if (!ledger.MustBeValidated)
        {
            var current = await AskAny(new("account_info", With(parameters, ledger)), stop);
            return current.Error is { Name: "actNotFound" } ? null : AccountState.Read(Result(current));
        }
        var at = await Pin(ledger, stop);
        var answer = await AskAgreed<Maybe<AccountState>>($"account_info {account}", async (node, give) =>
        {
            var reply = await AskAt(node, new("account_info", With((JsonObject)parameters.DeepClone(),
                LedgerSelector.At(at))), "actNotFound", at, give);
            if (reply.Error is not null) return Maybe<AccountState>.Nothing;
            return new(AccountState.Read(reply.Result));
        }, m => (object?)m.Value ?? "absent", stop);
        return answer.Value;
    }

    /// <summary>A payment channel in a validated ledger, or null when it does not exist there (closed, or not open
    /// yet). Check destination, public key, amount and settle delay before a claim is worth anything.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="ledger">A number or the newest validated one.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<ChannelState?> GetChannel(Hash256 channel, LedgerSelector ledger, CancellationToken stop)
    {
        var at = await Pin(ledger, stop);
        var answer = await AskAgreed<Maybe<ChannelState>>($"ledger_entry {channel}", async (node, give) =>
        {
            var parameters = new JsonObject { ["payment_channel"] = channel.ToString() };
            var reply = await AskAt(node, new("ledger_entry", With(parameters, LedgerSelector.At(at))), "entryNotFound", at, give);
            if (reply.Error is not null) return Maybe<ChannelState>.Nothing;
            var state = ChannelState.Read(reply.Result);
            return state.Id == channel ? new(state) : throw new NodeProtocolException("a node answered with another entry");
        }, m => (object?)m.Value ?? "absent", stop);
        return answer.Value;
    }

    /// <summary>The channels that pay out of an account, in one validated ledger.</summary>
    /// <param name="source">The account that pays.</param>
    /// <param name="destination">Only those to this account, or null for all.</param>
    /// <param name="ledger">A number or the newest validated one.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<IReadOnlyList<Hash256>> GetAccountChannels(
        AccountId source, AccountId? destination, LedgerSelector ledger, CancellationToken stop)
    {
        var at = await Pin(ledger, stop);
        return await AskAgreed<List<Hash256>>($"account_channels {source}", async (node, give) =>
        {
            var channels = new List<Hash256>();
            JsonNode? marker = null;
            for (var page = 0; page < _options.PagesMax; page++)
            {
                var parameters = new JsonObject { ["account"] = source.ToString(), ["limit"] = _options.PageSize };
                if (destination is { } to) parameters["destination_account"] = to.ToString();
                if (marker is not null) parameters["marker"] = marker;
                var reply = await AskAt(
                    node, new("account_channels", With(parameters, LedgerSelector.At(at))), "actNotFound", at, give);
                if (reply.Error is not null) return channels;
                channels.AddRange(reply.Result.Array("channels").EnumerateArray().Select(c => Ids.Hash(c.Text("channel_id"))));
                if (!reply.Result.TryGetProperty("marker", out var more)) return channels;
                marker = JsonNode.Parse(more.GetRawText());
            }
            throw new NodeProtocolException($"more than {_options.PagesMax} pages");
        }, c => string.Join(',', c.Order()), stop);
    }

    /// <summary>Any ledger entry by its index, in a validated ledger, or null when it does not exist.</summary>
    public async Task<JsonElement?> GetEntry(Hash256 index, LedgerSelector ledger, CancellationToken stop)
    {
        var at = await Pin(ledger, stop);
        var answer = await AskAgreed<Maybe<string>>($"ledger_entry {index}", async (node, give) =>
        {
            var parameters = new JsonObject { ["index"] = index.ToString() };
            var reply = await AskAt(node, new("ledger_entry", With(parameters, LedgerSelector.At(at))), "entryNotFound", at, give);
            if (reply.Error is not null) return Maybe<string>.Nothing;
            return new(reply.Result.Object("node").Canonical());
        }, m => m.Value ?? "absent", stop);
        if (answer.Value is null) return null;
        using var document = JsonDocument.Parse(answer.Value);
        return document.RootElement.Clone();
    }

    /// <summary>Asks one node whether a claim's signature is right. It says nothing about the channel's funds, and
    /// the node could lie: verify claims with <c>Tallystick.Crypto</c>; this is for cross-checks.</summary>
    public async Task<bool> VerifyClaim(
        Hash256 channel, Drops amount, string publicKey, string signature, CancellationToken stop) =>
        Result(await AskAny(new("channel_verify", new JsonObject
        {
            ["channel_id"] = channel.ToString(), ["amount"] = amount.ToString(),
            ["public_key"] = publicKey, ["signature"] = signature,
        }), stop)).Flag("signature_verified");

    private sealed record Maybe<T>(T? Value) where T : class
    {
        public static readonly Maybe<T> Nothing = new(default(T));
    }

    private async Task<uint> Pin(LedgerSelector ledger, CancellationToken stop)
    {
        if (!ledger.MustBeValidated) throw new ArgumentException("only validated ledgers can be agreed on");
        return ledger.Index ?? await GetValidatedLedgerIndex(stop);
    }

    /// <summary>
    /// Asks a node about a validated ledger. "Not there" says nothing of the ledger it was sought in, and a node that
    /// is behind seeks in its open one when that has the number: such a word counts only from a node that had
    /// validated the ledger before it was asked.
    /// </summary>
    /// <returns>An answer from that ledger, or the refusal named.</returns>
    private async Task<NodeReply> AskAt(LedgerNode node, NodeRequest request, string notThere, uint at, CancellationToken stop)
    {
        var reply = await AskNode(node, request, stop);
        if (reply.Error?.Name == notThere)
        {
            var state = ServerState.Read(Result(await AskNode(node, new("server_state"), stop)));
            if (state.ValidatedLedger is not { } validated || validated < at)
                throw new NodeProtocolException($"{node.Transport.Name} has not validated ledger {at}");
            reply = await AskNode(node, request, stop);
        }
        if (reply.Error?.Name != notThere) RequireValidated(reply, at);
        return reply;
    }

    private static JsonElement Result(NodeReply reply) =>
        reply.Error is { } error ? throw new NodeRefusedException(error) : reply.Result;

    private static void RequireValidated(NodeReply reply, uint ledger)
    {
        var result = Result(reply);
        if (!reply.Validated) throw new NodeProtocolException("the answer is not from a validated ledger");
        if ((result.UInt32OrNull("ledger_index") ?? result.ObjectOrNull("ledger")?.UInt32OrNull("ledger_index")) != ledger)
            throw new NodeProtocolException($"the answer is not from ledger {ledger}");
    }
}
