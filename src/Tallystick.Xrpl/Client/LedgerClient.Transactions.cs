using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Client;

public sealed partial class LedgerClient
{
    /// <summary>
    /// Looks a transaction up on every node. Found needs as many equal validated answers as the options say; absent
    /// needs as many complete searches and not one node that has it in a validated ledger.
    /// </summary>
    /// <param name="hash">The transaction.</param>
    /// <param name="from">First ledger of the range, at least 1.</param>
    /// <param name="to">Last ledger of the range; a node searches at most 1000 ledgers.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<TransactionLookup> LookUp(Hash256 hash, uint from, uint to, CancellationToken stop)
    {
        if (from == 0 || to < from || to - from > 1000) throw new ArgumentException("a range is 1 to 1001 ledgers");
        var request = new NodeRequest("tx", new JsonObject
        {
            ["transaction"] = hash.ToString(), ["binary"] = false, ["min_ledger"] = from, ["max_ledger"] = to,
        });
        var answers = await Task.WhenAll(_nodes.Select(n => LookUpOn(n, request, hash, from, to, stop)));
        stop.ThrowIfCancellationRequested();

        var found = answers.OfType<TransactionLookup.Found>().ToList();
        var agreed = found.GroupBy(f => f.Transaction.AgreementKey).MaxBy(g => g.Count());
        if (agreed is not null && agreed.Count() >= _options.NodesAgreeing) return agreed.First();
        if (found.Count > 0) return new TransactionLookup.Undecided("too few nodes agree on where it stands");
        var absent = answers.OfType<TransactionLookup.Absent>().Count();
        // A node that only remembers having seen it is no voice against: that is not evidence of a ledger.
        if (absent >= _options.NodesAgreeing) return new TransactionLookup.Absent(from, to);
        return new TransactionLookup.Undecided(string.Join("; ",
            answers.OfType<TransactionLookup.Undecided>().Select(u => u.Why).Distinct().DefaultIfEmpty("too few nodes")));
    }

    /// <summary>Finds a transaction by its compact identifier (XLS-37). The identifier names the network; one of
    /// another network is refused before anyone is asked.</summary>
    /// <param name="ctid">Sixteen hexadecimal digits beginning with C.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>The transaction, or null when too few nodes know it.</returns>
    /// <exception cref="ArgumentException">Not an identifier, or one of another network.</exception>
    public async Task<LedgerTransaction?> LookUpByCtid(string ctid, CancellationToken stop)
    {
        if (ctid.Length != 16 || ctid[0] is not ('C' or 'c')
            || !ulong.TryParse(ctid, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
            throw new ArgumentException("a CTID is 16 hexadecimal digits beginning with C");
        if ((uint)(bits & 0xFFFF) != _options.NetworkId)
            throw new ArgumentException($"the CTID is of network {bits & 0xFFFF}, not {_options.NetworkId}");
        var request = new NodeRequest("tx", new JsonObject { ["ctid"] = ctid.ToUpperInvariant() });
        var ledger = (uint)(bits >> 32 & 0x0FFF_FFFF);
        var answer = await AskAgreed<Maybe<LedgerTransaction>>($"tx {ctid}", async (node, give) =>
        {
            var reply = await AskNode(node, request, give);
            if (reply.Error is { Name: "txnNotFound" }) return Maybe<LedgerTransaction>.Nothing;
            var transaction = LedgerTransaction.Read(Result(reply));
            return transaction.LedgerIndex == ledger
                ? new(transaction)
                : throw new NodeProtocolException("the transaction stands in another ledger than the CTID says");
        }, m => m.Value?.AgreementKey ?? (object)"absent", stop);
        return answer.Value;
    }

    /// <summary>
    /// Every validated transaction that touched an account in a range of ledgers, oldest first, page by page. A walk
    /// that loses its node goes on with another where it stood; nothing is left out or told twice. What is told is
    /// agreed; that a page leaves nothing out is the word of the node that gave it.
    /// </summary>
    /// <param name="account">The account.</param>
    /// <param name="from">First ledger.</param>
    /// <param name="to">Last ledger; must be validated.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="NodeProtocolException">No node holds the whole range.</exception>
    public async IAsyncEnumerable<LedgerTransaction> AccountTransactions(
        AccountId account, uint from, uint to, [EnumeratorCancellation] CancellationToken stop)
    {
        var told = new HashSet<Hash256>();
        var resumeAt = from;
        JsonNode? marker = null;
        LedgerNode? node = null;
        for (var page = 0; page < _options.PagesMax; page++)
        {
            JsonElement result;
            (result, node) = await HistoryPage(account, resumeAt, to, marker, node, stop);
            foreach (var item in result.Array("transactions").EnumerateArray())
            {
                var transaction = LedgerTransaction.Read(item);
                if (transaction.LedgerIndex < from || transaction.LedgerIndex > to)
                    throw new NodeProtocolException("a transaction lies outside the range asked for");
                // A new node starts at the ledger where the old one was lost: what was told is skipped there.
                if (transaction.LedgerIndex > resumeAt) (resumeAt, told) = (transaction.LedgerIndex, []);
                if (!told.Add(transaction.Hash)) continue;
                yield return _options.NodesAgreeing == 1 ? transaction : await Confirm(transaction, stop);
            }
            marker = result.TryGetProperty("marker", out var more) ? JsonNode.Parse(more.GetRawText()) : null;
            if (marker is null) yield break;
        }
        throw new NodeProtocolException($"more than {_options.PagesMax} pages");
    }

    /// <summary>Sends a signed blob to one node, and to the next when that gives no answer: the same blob can be
    /// applied once only. For money use <c>Tallystick.Xrpl.Submission</c>, which stores first.</summary>
    /// <param name="blob">Hexadecimal bytes of the signed transaction.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>A preliminary word, proof of nothing.</returns>
    /// <exception cref="NodeUnreachableException">No answer: the blob may or may not be on its way.</exception>
    /// <exception cref="NodeRefusedException">The node could not read the blob or it fails local checks.</exception>
    public async Task<SubmitAnswer> Submit(string blob, CancellationToken stop) => SubmitAnswer.Read(
        Result(await AskAny(new("submit", new JsonObject { ["tx_blob"] = blob }), stop)));

    /// <summary>Closes a ledger on a standalone node (tests and development).</summary>
    /// <returns>The index of the new open ledger.</returns>
    public async Task<uint> AcceptLedger(CancellationToken stop) =>
        Result(await AskAny(new("ledger_accept"), stop)).UInt32("ledger_current_index");

    private async Task<TransactionLookup> LookUpOn(
        LedgerNode node, NodeRequest request, Hash256 hash, uint from, uint to, CancellationToken stop)
    {
        try
        {
            // The state is read before the search: what it holds then is searched, whatever arrives in between.
            var state = ServerState.Read(Result(await AskNode(node, new("server_state"), stop)));
            var reply = await AskNode(node, request, stop);
            if (reply.Error is { Name: "txnNotFound" } error)
                return error.SearchedAll && state.ValidatedLedger >= to && state.CompleteLedgers.Contains(from, to)
                    ? new TransactionLookup.Absent(from, to)
                    : new TransactionLookup.Undecided("the range is not complete");
            var result = Result(reply);
            if (!result.Flag("validated")) return new TransactionLookup.Undecided("known but not validated");
            var found = LedgerTransaction.Read(result);
            return found.Hash == hash
                ? new TransactionLookup.Found(found)
                : new TransactionLookup.Undecided("a node answered with another transaction");
        }
        catch (Exception e) when (e is NodeUnreachableException or NodeProtocolException or NodeRefusedException)
        {
            return new TransactionLookup.Undecided(e.Message);
        }
    }

    private async Task<LedgerTransaction> Confirm(LedgerTransaction told, CancellationToken stop) =>
        await LookUp(told.Hash, told.LedgerIndex, told.LedgerIndex, stop) is TransactionLookup.Found found
            && found.Transaction.AgreementKey == told.AgreementKey
            ? found.Transaction
            : throw new NodesDisagreeException($"tx {told.Hash}", _options.NodesAgreeing, 1, _nodes.Length);

    private async Task<(JsonElement Result, LedgerNode Node)> HistoryPage(
        AccountId account, uint from, uint to, JsonNode? marker, LedgerNode? sticky, CancellationToken stop)
    {
        Exception? last = null;
        // A marker means something only to the node that gave it.
        IEnumerable<LedgerNode> order = _nodes.OrderBy(n => n != sticky).ThenBy(n => n.Rests);
        foreach (var node in order)
        {
            var parameters = new JsonObject
            {
                ["account"] = account.ToString(), ["ledger_index_min"] = from, ["ledger_index_max"] = to,
                ["forward"] = true, ["binary"] = false, ["limit"] = _options.PageSize,
            };
            if (marker is not null && node == sticky) parameters["marker"] = marker.DeepClone();
            try
            {
                var result = Result(await AskNode(node, new("account_tx", parameters), stop));
                if (!result.Flag("validated")) throw new NodeProtocolException("account_tx is not validated");
                if (result.UInt32("ledger_index_min") > from || result.UInt32("ledger_index_max") < to)
                    throw new NodeProtocolException($"{node.Transport.Name} does not hold ledgers {from} to {to}");
                return (result, node);
            }
            catch (Exception e) when (e is NodeUnreachableException or NodeProtocolException or NodeRefusedException)
            {
                last = e;
            }
        }
        throw last!;
    }
}
