using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>Accounts and what they own.</summary>
internal static class AccountCommands
{
    private const int PageDefault = 200;

    private static readonly (string Name, uint Flag)[] Flags =
    [
        ("allowTrustLineClawback", AccountRoot.AllowClawback), ("allowTrustLineLocking", 0x4000_0000),
        ("defaultRipple", AccountRoot.DefaultRipple), ("depositAuth", AccountRoot.DepositAuth),
        ("disableMasterKey", AccountRoot.DisableMaster), ("disallowIncomingCheck", 0x0800_0000),
        ("disallowIncomingNFTokenOffer", 0x0400_0000), ("disallowIncomingPayChan", AccountRoot.DisallowIncomingPayChan),
        ("disallowIncomingTrustline", 0x2000_0000), ("disallowIncomingXRP", AccountRoot.DisallowXrp),
        ("globalFreeze", AccountRoot.GlobalFreeze), ("noFreeze", AccountRoot.NoFreeze),
        ("passwordSpent", AccountRoot.PasswordSpent), ("requireAuthorization", AccountRoot.RequireAuth),
        ("requireDestinationTag", AccountRoot.RequireDestTag),
    ];

    public static JsonObject Info(Node node, RpcRequest request)
    {
        var account = request.Account("account");
        var answer = new JsonObject();
        var (state, _) = Commands.Select(node, request, answer);
        var root = Existing(state, account);
        answer["account_data"] = LedgerCommands.EntryJson(root);
        var flags = new JsonObject();
        foreach (var (name, flag) in Flags) flags[name] = root.Has(flag);
        answer["account_flags"] = flags;
        if (request.Flag("queue")) answer["queue_data"] = Queue(node, account);
        return answer;
    }

    public static JsonObject Lines(Node node, RpcRequest request)
    {
        var account = request.Account("account");
        var answer = new JsonObject { ["account"] = account.ToString() };
        var (state, _) = Commands.Select(node, request, answer);
        Existing(state, account);
        AccountId? peer = request.Has("peer") ? request.Account("peer") : null;
        var lines = new JsonArray();
        foreach (var line in Page(Owned(state, account).OfType<TrustLine>()
            .Where(l => peer is null || l.Peer(account) == peer), request, answer))
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
        AccountId? destination = request.Has("destination_account") ? request.Account("destination_account") : null;
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
        var type = request.Text("type") switch
        {
            null => null,
            "ticket" => "Ticket",
            "payment_channel" => "PayChannel",
            "state" => "RippleState",
            _ => "none of those here",
        };
        var objects = new JsonArray();
        foreach (var entry in Page(Owned(state, account).Where(e => type is null || e.Type == type), request, answer))
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

    /// <summary>Entries after the marker, as many as asked for; the marker is the last entry told.</summary>
    private static List<T> Page<T>(IEnumerable<T> entries, RpcRequest request, JsonObject answer) where T : Entry
    {
        var limit = (int)Math.Clamp(request.UInt32("limit") ?? PageDefault, 10, 400);
        if (request.Text("marker") is { } marker)
        {
            if (!Hash256.TryParse(marker, out var after)) throw RpcException.InvalidParams("Invalid field 'marker'.");
            entries = entries.SkipWhile(e => e.Index.CompareTo(after) <= 0);
        }
        var page = entries.Take(limit + 1).ToList();
        if (page.Count > limit)
        {
            page.RemoveAt(limit);
            answer["marker"] = page[^1].Index.ToString();
            answer["limit"] = limit;
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
            ["amount"] = Amount.Xrp(channel.Amount).ToJson(),
            ["balance"] = Amount.Xrp(channel.Balance).ToJson(),
            ["channel_id"] = channel.Index.ToString(),
            ["destination_account"] = channel.Destination.ToString(),
            ["public_key_hex"] = channel.PublicKey,
            ["settle_delay"] = channel.SettleDelay,
        };
        if (channel.Expiration is { } expiration) json["expiration"] = expiration;
        if (channel.CancelAfter is { } cancel) json["cancel_after"] = cancel;
        if (channel.SourceTag is { } from) json["source_tag"] = from;
        if (channel.DestinationTag is { } to) json["destination_tag"] = to;
        return json;
    }

    private static JsonObject Queue(Node node, AccountId account) => node.Chain.ReadOpen((_, queue) =>
    {
        var waiting = queue.All().Where(t => t.Account == account).OrderBy(t => t.SequenceOrTicket).ToList();
        return new JsonObject
        {
            ["txn_count"] = waiting.Count,
            ["transactions"] = new JsonArray([.. waiting.Select(t => new JsonObject
            {
                ["fee"] = Amount.Xrp(t.Fee).ToJson(), [t.TicketSequence is null ? "seq" : "ticket"] = t.SequenceOrTicket,
            })]),
        };
    });
}
