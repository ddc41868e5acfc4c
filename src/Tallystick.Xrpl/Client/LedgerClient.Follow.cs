using System.Runtime.CompilerServices;

namespace Tallystick.Xrpl.Client;

public sealed partial class LedgerClient
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Every validated ledger from a number on, in order and without gaps, for ever: a lost connection, a missed
    /// message or a restart of the caller only makes it catch up. Each ledger's parent is checked against the one
    /// told before.
    /// </summary>
    /// <param name="from">The first ledger wanted; store the last one handled and pass the next.</param>
    /// <param name="withTransactions">Fill in the hashes of the transactions.</param>
    /// <param name="stop">Ends the sequence.</param>
    /// <exception cref="NodesDisagreeException">The chain told so far is not the one that the nodes follow now: one
    /// of them was on a fork. What was taken from it must be looked at again.</exception>
    public async IAsyncEnumerable<LedgerHeader> FollowLedgers(
        uint from, bool withTransactions, [EnumeratorCancellation] CancellationToken stop)
    {
        var next = from;
        Hash256? parent = null;
        while (true)
        {
            var header = await TryNext(next, withTransactions, stop);
            if (header is null)
            {
                await _pulse.Wait(PollEvery, stop);
                continue;
            }
            if (parent is { } known && header.ParentHash != known)
                throw new NodesDisagreeException($"parent of ledger {next}", _options.NodesAgreeing, 0, _nodes.Length);
            parent = header.Hash;
            next++;
            yield return header;
        }
    }

    /// <summary>Every validated transaction that touches an account from a ledger on, in order, without gaps and
    /// without repeats, for ever.</summary>
    /// <param name="account">The account.</param>
    /// <param name="from">The first ledger wanted.</param>
    /// <param name="stop">Ends the sequence.</param>
    public async IAsyncEnumerable<LedgerTransaction> FollowAccount(
        AccountId account, uint from, [EnumeratorCancellation] CancellationToken stop)
    {
        var next = from;
        while (true)
        {
            var newest = await TryNewest(stop);
            if (newest is null || newest < next)
            {
                await _pulse.Wait(PollEvery, stop);
                continue;
            }
            // Collected before any is told: a walk that breaks is begun again whole, and nothing is told twice.
            var to = Math.Min(newest.Value, next + HistoryLedgersMax - 1);
            if (await TryHistory(account, next, to, stop) is not { } found)
            {
                await _pulse.Wait(PollEvery, stop);
                continue;
            }
            foreach (var transaction in found) yield return transaction;
            next = to + 1;
        }
    }

    /// <summary>A walk covers at most this many ledgers at once, which bounds what is held in memory.</summary>
    private const uint HistoryLedgersMax = 256;

    private async Task<LedgerHeader?> TryNext(uint index, bool withTransactions, CancellationToken stop)
    {
        try
        {
            return await TryNewest(stop) is { } newest && newest >= index
                ? await GetLedger(LedgerSelector.At(index), withTransactions, stop)
                : null;
        }
        catch (Exception e) when (e is NodeUnreachableException or NodeRefusedException or NodeProtocolException)
        {
            return null;
        }
    }

    private async Task<uint?> TryNewest(CancellationToken stop)
    {
        try
        {
            return await GetValidatedLedgerIndex(stop);
        }
        catch (Exception e) when (e is NodeUnreachableException or NodeRefusedException or NodeProtocolException)
        {
            return null;
        }
    }

    private async Task<List<LedgerTransaction>?> TryHistory(
        AccountId account, uint from, uint to, CancellationToken stop)
    {
        var found = new List<LedgerTransaction>();
        try
        {
            await foreach (var transaction in AccountTransactions(account, from, to, stop)) found.Add(transaction);
            return found;
        }
        catch (Exception e) when (e is NodeUnreachableException or NodeRefusedException or NodeProtocolException
            or NodesDisagreeException)
        {
            return null;
        }
    }
}
