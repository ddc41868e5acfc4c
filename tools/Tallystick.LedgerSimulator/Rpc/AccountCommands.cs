using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;
using Tallystick.Xrpl;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>Accounts and what they own.</summary>
internal static class AccountCommands
{
    private static readonly (string Name, uint Flag)[] Flags =
    [
        ("allowTrustLineClawback", AccountRoot.AllowClawback), ("allowTrustLineLocking", 0x4000_0000),
        ("defaultRipple", AccountRoot.DefaultRipple), ("depositAuth", AccountRoot.DepositAuth),
        ("disableMasterKey", AccountRoot.DisableMaster), ("disallowIncomingCheck", 0x0800_0000),
        ("disallowIncomingNFTokenOffer", 0x0400_0000), ("disallowIncomingPayChan", AccountRoot.DisallowIncomingPayChan),
        ("disallowIncomingTrustline", AccountRoot.DisallowIncomingTrustLine), ("disallowIncomingXRP", AccountRoot.DisallowXrp),
        ("globalFreeze", AccountRoot.GlobalFreeze), ("noFreeze", AccountRoot.NoFreeze),
        ("passwordSpent", AccountRoot.PasswordSpent), ("requireAuthorization", AccountRoot.RequireAuth),
        ("requireDestinationTag", AccountRoot.RequireDestTag),
    ];

    public static JsonObject Info(Node node, RpcRequest request)
    {
        // "ident" is the older name.
        var account = request.Account(request.Has("account") || !request.Has("ident") ? "account" : "ident");
        var answer = new JsonObject();
        var (state, closed) = Commands.Select(node, request, answer);
        if (state.Account(account) is not { } root)
        {
            answer["account"] = account.ToString();
            throw new RpcException("actNotFound", 19, "Account not found.") { Beside = answer };
        }
        // What waits has no part in a ledger that is closed.
        if (request.Flag("queue") && closed is not null) throw RpcException.InvalidParams();
        answer["account_data"] = Root(root);
        var flags = new JsonObject();
        foreach (var (name, flag) in Flags) flags[name] = root.Has(flag);
        answer["account_flags"] = flags;
        if (request.Flag("signer_lists"))
        {
            // No account has a list here.
            if (request.ApiVersion < 2) answer["account_data"]!["signer_lists"] = new JsonArray();
            else answer["signer_lists"] = new JsonArray();
        }
        else if (request.ApiVersion >= 2 && request.Has("signer_lists") && request.Body["signer_lists"]?.GetValueKind() != System.Text.Json.JsonValueKind.False)
        {
            throw RpcException.InvalidParams();
        }
        if (request.Flag("queue")) answer["queue_data"] = QueueCommands.Of(node, account);
        return answer;
    }

    public static JsonObject Lines(Node node, RpcRequest request)
    {
        var account = request.Account("account");
        var answer = new JsonObject { ["account"] = account.ToString() };
        var (state, _) = Commands.Select(node, request, answer);
        Existing(state, account);
        var peer = request.AccountIfNamed("peer");
        var lines = new JsonArray();
        foreach (var line in Page(Owned(state, account).OfType<TrustLine>()
            .Where(l => (peer is null || l.Peer(account) == peer) && !(request.Flag("ignore_default") && IsDefault(l, account))), request, answer))
            lines.Add(Line(line, account));
        answer["lines"] = lines;
        return answer;
    }

    public static JsonObject Channels(Node node, RpcRequest request)
    {
        var account = request.Account("account");
        var answer = new JsonObject { ["account"] = account.ToString() };
        var (state, _) = Commands.Select(node, request, answer);
        Existing(state, account);
        var destination = request.AccountIfNamed("destination_account");
        var channels = new JsonArray();
        foreach (var channel in Page(Owned(state, account).OfType<PayChannel>()
            .Where(c => c.Account == account && (destination is null || c.Destination == destination)), request, answer))
            channels.Add(Channel(channel));
        answer["channels"] = channels;
        return answer;
    }

    public static JsonObject Objects(Node node, RpcRequest request)
    {
        var account = request.Account("account");
        var answer = new JsonObject { ["account"] = account.ToString() };
        var (state, _) = Commands.Select(node, request, answer);
        Existing(state, account);
        var wanted = request.Flag("deletion_blockers_only") ? EntryNames.Blockers : EntryNames.All;
        if (request.Has("type")) wanted = [.. wanted.Intersect([EntryNames.Find(request)])];
        var objects = new JsonArray();
        foreach (var entry in Page(Owned(state, account).Where(e => wanted.Contains(e.Type)), request, answer, Keylets.OwnerDirectory(account)))
            objects.Add(LedgerCommands.EntryJson(entry));
        answer["account_objects"] = objects;
        return answer;
    }

    private static AccountRoot Existing(StateView state, AccountId account) =>
        state.Account(account) ?? throw new RpcException("actNotFound", 19, "Account not found.");

    private static IEnumerable<Entry> Owned(StateView state, AccountId account) =>
        state.Find<OwnerDirectory>(Keylets.OwnerDirectory(account)) is { } directory
            ? directory.Entries.Select(state.Find).OfType<Entry>()
            : [];

    private static bool IsDefault(TrustLine line, AccountId account) =>
        (line.Flags & (account == line.Low ? TrustLine.LowReserve : TrustLine.HighReserve)) == 0;

    private static JsonObject Root(AccountRoot root)
    {
        var json = LedgerCommands.EntryJson(root);
        if (root.EmailHash is { } hash) json["urlgravatar"] = $"http://www.gravatar.com/avatar/{hash.ToLowerInvariant()}";
        return json;
    }

    /// <summary>
    /// Entries from the marker on, as many as asked for. Where a directory is named a marker is that page and the entry to
    /// go on with; else it is the last entry told and a hint of its page.
    /// </summary>
    private static List<T> Page<T>(IEnumerable<T> entries, RpcRequest request, JsonObject answer, Hash256? directory = null) where T : Entry
    {
        var limit = request.Limit();
        if (request.Has("marker"))
        {
            if (request.Text("marker") is not { } marker) throw RpcException.Invalid("marker", "string");
            var parts = marker.Split(',');
            if (parts.Length != 2 || !Hash256.TryParse(parts[directory is null ? 0 : 1], out var at)
                || (directory is null ? !ulong.TryParse(parts[1], out _) : parts[0] != directory.ToString()))
                throw directory is null ? RpcException.InvalidParams() : RpcException.Invalid("marker");
            entries = entries.SkipWhile(e => directory is null ? e.Index.CompareTo(at) <= 0 : e.Index.CompareTo(at) < 0);
        }
        var page = entries.Take(limit + 1).ToList();
        if (page.Count > limit)
        {
            answer["marker"] = directory is null ? $"{page[limit - 1].Index},0" : $"{directory},{page[limit].Index}";
            answer["limit"] = limit;
            page.RemoveAt(limit);
        }
        return page;
    }

    private static JsonObject Line(TrustLine line, AccountId account)
    {
        var low = account == line.Low;
        var json = new JsonObject
        {
            ["account"] = line.Peer(account).ToString(),
            ["balance"] = line.BalanceOf(account).ToString(),
            ["currency"] = line.Currency.ToString(),
            ["limit"] = line.LimitOf(account).ToString(),
            ["limit_peer"] = line.LimitOf(line.Peer(account)).ToString(),
            ["quality_in"] = (low ? line.LowQualityIn : line.HighQualityIn) ?? 0,
            ["quality_out"] = (low ? line.LowQualityOut : line.HighQualityOut) ?? 0,
        };
        Flag("no_ripple", low ? TrustLine.LowNoRipple : TrustLine.HighNoRipple);
        Flag("no_ripple_peer", low ? TrustLine.HighNoRipple : TrustLine.LowNoRipple);
        Flag("freeze", low ? TrustLine.LowFreeze : TrustLine.HighFreeze);
        Flag("freeze_peer", low ? TrustLine.HighFreeze : TrustLine.LowFreeze);
        Flag("deep_freeze", low ? TrustLine.LowDeepFreeze : TrustLine.HighDeepFreeze);
        Flag("deep_freeze_peer", low ? TrustLine.HighDeepFreeze : TrustLine.LowDeepFreeze);
        Flag("authorized", low ? TrustLine.LowAuth : TrustLine.HighAuth);
        Flag("peer_authorized", low ? TrustLine.HighAuth : TrustLine.LowAuth);
        return json;

        void Flag(string name, uint flag)
        {
            if ((line.Flags & flag) != 0) json[name] = true;
        }
    }

    private static JsonObject Channel(PayChannel channel)
    {
        var json = new JsonObject
        {
            ["account"] = channel.Account.ToString(),
            ["amount"] = Engine.Amount.Xrp(channel.Amount).ToJson(),
            ["balance"] = Engine.Amount.Xrp(channel.Balance).ToJson(),
            ["channel_id"] = channel.Index.ToString(),
            ["destination_account"] = channel.Destination.ToString(),
            ["public_key"] = PublicKey.Parse(channel.PublicKey).ToBase58(),
            ["public_key_hex"] = channel.PublicKey,
            ["settle_delay"] = channel.SettleDelay,
        };
        if (channel.Expiration is { } expiration) json["expiration"] = expiration;
        if (channel.CancelAfter is { } cancel) json["cancel_after"] = cancel;
        if (channel.SourceTag is { } from) json["source_tag"] = from;
        if (channel.DestinationTag is { } to) json["destination_tag"] = to;
        return json;
    }
}
