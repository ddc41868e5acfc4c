using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>What waits in the queue for an account.</summary>
internal static class QueueCommands
{
    public static JsonObject Of(Node node, AccountId account) => node.Chain.ReadOpen((_, queue) =>
    {
        var waiting = queue.All().Where(t => t.Account == account)
            .OrderBy(t => t.TicketSequence is not null).ThenBy(t => t.SequenceOrTicket).ToList();
        var answer = new JsonObject { ["txn_count"] = waiting.Count };
        if (waiting.Count == 0) return answer;
        answer["transactions"] = new JsonArray([.. waiting.Select(Tell)]);
        TellRange(answer, "sequence", waiting.FindAll(t => t.TicketSequence is null));
        TellRange(answer, "ticket", waiting.FindAll(t => t.TicketSequence is not null));
        answer["auth_change_queued"] = waiting.Exists(ChangesAuthority);
        answer["max_spend_drops_total"] = Text(waiting.Sum(SpendsAtMost));
        return answer;
    });

    private static JsonObject Tell(Tx tx)
    {
        var json = new JsonObject
        {
            [tx.TicketSequence is null ? "seq" : "ticket"] = tx.SequenceOrTicket,
            ["fee_level"] = Text(FeeMarket.LevelOf(tx)),
            ["fee"] = Text(tx.Fee),
            ["max_spend_drops"] = Text(SpendsAtMost(tx)),
            ["auth_change"] = ChangesAuthority(tx),
        };
        if (tx.LastLedgerSequence is { } last) json["LastLedgerSequence"] = last;
        return json;
    }

    private static void TellRange(JsonObject answer, string name, List<Tx> waiting)
    {
        if (waiting.Count == 0) return;
        answer[$"{name}_count"] = waiting.Count;
        answer[$"lowest_{name}"] = waiting[0].SequenceOrTicket;
        answer[$"highest_{name}"] = waiting[^1].SequenceOrTicket;
    }

    private static long SpendsAtMost(Tx tx) => tx.Fee + tx.Kind switch
    {
        TxKind.Payment => (tx.AmountOf(Field.SendMax) ?? tx.AmountOf(Field.Amount)!.Value).Drops,
        TxKind.ChannelCreate or TxKind.ChannelFund => tx.AmountOf(Field.Amount)!.Value.Drops,
        _ => 0,
    };

    /// <summary>Whether it may change who signs for the account, so that what stands behind it has to wait.</summary>
    private static bool ChangesAuthority(Tx tx)
    {
        const uint requireAuth = 2, disableMaster = 4, rememberTransaction = 5;
        return tx.Kind == TxKind.SetRegularKey || (tx.Kind == TxKind.AccountSet
            && ((tx.Flags & 0x000C_0000) != 0
                || tx.UInt32(Field.SetFlag) is requireAuth or disableMaster or rememberTransaction
                || tx.UInt32(Field.ClearFlag) is requireAuth or disableMaster or rememberTransaction));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
