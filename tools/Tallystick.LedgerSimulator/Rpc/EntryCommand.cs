using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;
using CurrencyCode = Tallystick.Xrpl.CurrencyCode;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>One entry of a ledger's state, named by its place or by what it is.</summary>
internal static class EntryCommand
{
    private const string MalformedRequest = "malformedRequest";
    private const string MalformedAddress = "malformedAddress";

    /// <summary>Ways to name an entry: the parameter, the kind that must stand there (null: any), and how it is read.</summary>
    private static readonly (string Name, string? Kind, Func<RpcRequest, string, Hash256> Read)[] Ways =
    [
        ("directory", "DirectoryNode", ReadDirectory),
        ("payment_channel", "PayChannel", ReadIndex),
        ("state", "RippleState", ReadLine),
        ("ticket", "Ticket", ReadTicket),
        ("index", null, ReadIndex),
        ("account", "AccountRoot", ReadRoot),
        ("account_root", "AccountRoot", ReadRoot),
        ("ripple_state", "RippleState", ReadLine),
    ];

    // What other kinds are named by: known to a node, and none of them exists here.
    private static readonly string[] Others =
    [
        "amendments", "amm", "bridge", "check", "credential", "delegate", "deposit_preauth", "did", "escrow", "fee", "hashes", "loan",
        "loan_broker", "mpt_issuance", "mptoken", "nft_offer", "nft_page", "nunl", "offer", "oracle", "permissioned_domain", "signer_list",
        "vault", "xchain_owned_claim_id", "xchain_owned_create_account_claim_id",
    ];

    public static JsonObject Entry(Node node, RpcRequest request)
    {
        var asked = Ways.Where(way => request.Has(way.Name)).ToList();
        var others = Others.Where(request.Has).ToList();
        if (asked.Count + others.Count > 1) throw RpcException.InvalidParams("Too many fields provided.");
        var answer = new JsonObject();
        var (state, _) = Commands.Select(node, request, answer);
        if (others.Count > 0) throw RpcException.NotSupported($"entries that are named by {others[0]}");
        if (asked.Count == 0) throw NothingAsked(request, answer);

        var (name, kind, read) = asked[0];
        var index = read(request, name);
        var entry = state.Find(index) ?? throw new RpcException("entryNotFound", 98, "Entry not found.");
        if (kind is not null && entry.Type != kind) throw new RpcException("unexpectedLedgerType", 99, "Unexpected ledger type.");
        answer["index"] = index.ToString();
        if (request.Flag("binary")) answer["node_binary"] = LedgerCommands.EntryHex(entry);
        else answer["node"] = LedgerCommands.EntryJson(entry);
        return answer;
    }

    private static RpcException NothingAsked(RpcRequest request, JsonObject answer) => request.ApiVersion >= 2
        ? RpcException.InvalidParams("No ledger_entry params provided.")
        : new RpcException("unknownOption", 0, "") { Beside = answer };

    private static Hash256 ReadIndex(RpcRequest request, string name) =>
        Hash256.TryParse(request.Text(name), out var index) ? index : throw Malformed(MalformedRequest, name, "hex string");

    private static Hash256 ReadRoot(RpcRequest request, string name) => Keylets.Account(ReadAccount(request, name));

    private static Hash256 ReadTicket(RpcRequest request, string name)
    {
        if (request.Body[name] is not JsonObject parts) return ReadIndex(request, name);
        var ticket = new RpcRequest(parts, request.ApiVersion);
        return Keylets.Ticket(ReadAccount(ticket, "account"), ReadNumber(ticket, "ticket_seq"));
    }

    private static Hash256 ReadDirectory(RpcRequest request, string name)
    {
        if (request.Body[name] is not JsonObject parts) return ReadIndex(request, name);
        var directory = new RpcRequest(parts, request.ApiVersion);
        if (directory.Has("owner") == directory.Has("dir_root"))
            throw new RpcException(MalformedRequest, 31, "Must have exactly one of `owner` and `dir_root` fields.");
        // A directory has one page here: any other does not exist.
        if (directory.Has("sub_index") && ReadNumber(directory, "sub_index") != 0) return default;
        return directory.Has("owner")
            ? Keylets.OwnerDirectory(ReadAccount(directory, "owner", "Account"))
            : Hash256.TryParse(directory.Text("dir_root"), out var root) ? root : throw Malformed("malformedDirRoot", "dir_root", "hash");
    }

    private static Hash256 ReadLine(RpcRequest request, string name)
    {
        if (request.Body[name] is not JsonObject parts) return ReadIndex(request, name);
        var line = new RpcRequest(parts, request.ApiVersion);
        foreach (var needed in (ReadOnlySpan<string>)["currency", "accounts"])
            if (parts[needed] is null) throw new RpcException(MalformedRequest, 31, $"Missing field '{needed}'.");
        if (parts["accounts"] is not JsonArray { Count: 2 } pair) throw Malformed(MalformedRequest, "accounts", "length-2 array of Accounts");
        if (ParseAccount(pair[0]) is not { } one || ParseAccount(pair[1]) is not { } other) throw Malformed(MalformedAddress, "accounts", "array of Accounts");
        if (one == other) throw new RpcException(MalformedRequest, 31, "Cannot have a trustline to self.");
        var currency = new byte[20];
        try
        {
            CurrencyCode.Parse(line.Text("currency") ?? "").CopyTo(currency);
        }
        catch (FormatException)
        {
            throw Malformed("malformedCurrency", "currency", "Currency");
        }
        var (low, high) = one.IsBelow(other) ? (one, other) : (other, one);
        return Keylets.TrustLine(low, high, Currency.Read(currency));
    }

    private static AccountId ReadAccount(RpcRequest request, string name, string what = "AccountID")
    {
        if (!request.Has(name)) throw new RpcException(MalformedRequest, 31, $"Missing field '{name}'.");
        return ParseAccount(request.Body[name]) ?? throw Malformed(MalformedAddress, name, what);
    }

    private static AccountId? ParseAccount(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && AccountId.TryParse(text, out var account, out _) && account != default
            ? account : null;

    private static uint ReadNumber(RpcRequest request, string name)
    {
        if (!request.Has(name)) throw new RpcException(MalformedRequest, 31, $"Missing field '{name}'.");
        var text = request.Body[name] is JsonValue value && value.GetValueKind() is JsonValueKind.Number or JsonValueKind.String ? value.ToString() : "";
        return uint.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number : throw Malformed(MalformedRequest, name, "number");
    }

    private static RpcException Malformed(string error, string field, string expected) =>
        new(error, 31, $"Invalid field '{field}', not {expected}.");
}
