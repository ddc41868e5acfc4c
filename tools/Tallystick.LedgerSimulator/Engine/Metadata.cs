using System.Text.Json.Nodes;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>What a transaction did to a closed ledger, as rippled's metadata tells it.</summary>
internal sealed class Metadata(List<EntryChange> changes, uint position, Ter result, Amount? delivered)
{
    public uint TransactionIndex => position;

    public Ter Result => result;

    public Amount? Delivered => delivered;

    /// <summary>Ascending by entry.</summary>
    public IReadOnlyList<EntryChange> Changes => changes;

    /// <summary>
    /// Threads a transaction through what it touched: every entry remembers the last transaction that changed it, and
    /// creation or removal of an entry also marks the accounts it belongs to.
    /// </summary>
    public static List<EntryChange> Thread(Overlay view, StateView below, Tx tx, uint ledgerIndex)
    {
        var changes = new List<EntryChange>(view.Changes.Count + 2);
        foreach (var (index, after) in view.Changes)
        {
            var before = below.Find(index);
            if (before is null && after is null) continue;
            if (before is not null && before.Equals(after)) continue;
            changes.Add(new(before, after is null ? null : Mark(after, tx, ledgerIndex), view.LastOf(index)));
        }
        for (var i = changes.Count - 1; i >= 0; i--)
        {
            if (changes[i] is { Before: not null, After: not null }) continue;
            foreach (var owner in (changes[i].After ?? changes[i].Before)!.Owners)
            {
                var index = Keylets.Account(owner);
                if (!changes.Exists(c => c.Index == index) && below.Find(index) is { } root)
                    changes.Add(new(root, Mark(root, tx, ledgerIndex), null));
            }
        }
        changes.Sort(static (a, b) => a.Index.CompareTo(b.Index));
        return changes;
    }

    public JsonObject ToJson()
    {
        var nodes = new JsonArray();
        foreach (var change in changes) nodes.Add(Node(change));
        var json = new JsonObject { ["AffectedNodes"] = nodes };
        if (delivered is { } amount) json["DeliveredAmount"] = amount.ToJson();
        json[nameof(TransactionIndex)] = position;
        json["TransactionResult"] = result.Name;
        return json;
    }

    public string ToHex()
    {
        var w = new BlobWriter();
        Write(w);
        return Convert.ToHexString(w.Written);
    }

    public void Write(BlobWriter w)
    {
        w.Header(2, 28);
        w.UInt32(position);
        if (delivered is { } amount)
        {
            w.Header(6, 18);
            w.Amount(amount);
        }
        w.Header(15, 8);
        foreach (var change in changes) WriteNode(w, change);
        w.Bytes([0xF1]);
        w.Header(16, 3);
        w.Bytes([(byte)result.Code]);
    }

    private static Entry Mark(Entry entry, Tx tx, uint ledgerIndex) =>
        entry with { PreviousTxnId = tx.Hash, PreviousTxnLedger = ledgerIndex };

    private static JsonObject Node(EntryChange change)
    {
        var told = new ToldChange(change);
        var entry = change.After ?? change.Before!;
        var node = new JsonObject { ["LedgerEntryType"] = entry.Type, ["LedgerIndex"] = change.Index.ToString() };
        if (told.New is { } created) node["NewFields"] = Fields(created);
        if (told.Final is { } final) node["FinalFields"] = Fields(final);
        if (told.Previous is { } previous) node["PreviousFields"] = Fields(previous);
        if (change.Before is not { } before) return new() { ["CreatedNode"] = node };
        if (change.After is null)
        {
            node["FinalFields"]!["PreviousTxnID"] = before.PreviousTxnId.ToString();
            node["FinalFields"]!["PreviousTxnLgrSeq"] = before.PreviousTxnLedger;
            return new() { ["DeletedNode"] = node };
        }
        if (before.PreviousTxnId != default)
        {
            node["PreviousTxnID"] = before.PreviousTxnId.ToString();
            node["PreviousTxnLgrSeq"] = before.PreviousTxnLedger;
        }
        return new() { ["ModifiedNode"] = node };
    }

    private static JsonObject Fields(IEnumerable<ToldField> fields)
    {
        var json = new JsonObject();
        foreach (var field in fields) json[field.Name] = field.ToJson();
        return json;
    }

    private static void WriteNode(BlobWriter w, EntryChange change)
    {
        var told = new ToldChange(change);
        var modified = change is { Before: not null, After: not null };
        w.Header(14, change.Before is null ? 3 : change.After is null ? 4 : 5);
        w.Header(1, 1);
        w.UInt16((change.After ?? change.Before)!.TypeCode);
        var threaded = modified && change.Before!.PreviousTxnId != default;
        if (threaded)
        {
            w.Header(2, 5);
            w.UInt32(change.Before!.PreviousTxnLedger);
            w.Header(5, 5);
            w.Hash(change.Before.PreviousTxnId);
        }
        w.Header(5, 6);
        w.Hash(change.Index);
        if (told.Previous is { } previous) WriteFields(w, 6, previous, null);
        if (told.Final is { } final) WriteFields(w, 7, final, change.After is null ? change.Before : null);
        if (told.New is { } created) WriteFields(w, 8, created, null);
        w.Bytes([0xE1]);
    }

    private static void WriteFields(BlobWriter w, int code, List<ToldField> fields, Entry? deleted)
    {
        w.Header(14, code);
        // A removed entry's last transaction stands among its final fields, each at its place in the order.
        var sequenceDue = deleted is not null;
        var idDue = deleted is not null;
        foreach (var field in fields)
        {
            if (sequenceDue && field.Key > ((2 << 16) | 5)) sequenceDue = Sequence();
            if (idDue && field.Key > ((5 << 16) | 5)) idDue = Id();
            field.Write(w);
        }
        if (sequenceDue) Sequence();
        if (idDue) Id();
        w.Bytes([0xE1]);

        bool Sequence()
        {
            w.Header(2, 5);
            w.UInt32(deleted!.PreviousTxnLedger);
            return false;
        }

        bool Id()
        {
            w.Header(5, 5);
            w.Hash(deleted!.PreviousTxnId);
            return false;
        }
    }

    /// <summary>
    /// Which fields a change tells: of a new entry those that are not zero; of a modified or removed one the values
    /// before that changed, and all values after. An entry that was only marked tells none.
    /// </summary>
    private readonly struct ToldChange
    {
        public ToldChange(EntryChange change)
        {
            if (change.Before is null)
            {
                New = FieldTeller.Of(change.After!).FindAll(f => !f.IsDefault);
                return;
            }
            var before = FieldTeller.Of(change.Before);
            var after = FieldTeller.Of(change.After ?? change.Last!);
            var previous = before.FindAll(f => !after.Contains(f));
            // A field that was added has no value before, yet it makes an (empty) list of them appear.
            var changed = previous.Count > 0 || after.Exists(f => !before.Exists(b => b.Key == f.Key));
            if (changed) Previous = previous;
            if (changed || change.After is null || change.Before is OwnerDirectory) Final = after;
        }

        public List<ToldField>? New { get; }

        public List<ToldField>? Previous { get; }

        public List<ToldField>? Final { get; }
    }
}
