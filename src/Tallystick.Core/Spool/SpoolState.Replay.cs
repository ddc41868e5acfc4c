using System.Buffers.Binary;
using Google.Protobuf;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Core.Usage.Wire;

namespace Tallystick.Core.Spool;

/// <content>The state as it comes back from the records of a log.</content>
public sealed partial class SpoolState
{
    /// <summary>Applies a record that was read; false when its payload has not the form of its kind.</summary>
    public bool Apply(SpoolKind kind, ReadOnlySpan<byte> payload) => kind switch
    {
        SpoolKind.Event => ApplyEvent(payload),
        SpoolKind.Open => ApplyOpen(payload),
        SpoolKind.Lease when payload.Length == SpoolRecords.LeaseBytes => ApplyLease(payload),
        SpoolKind.Epoch when payload.Length == SpoolRecords.EpochBytes => ApplyEpoch(payload),
        SpoolKind.Epoch when payload.Length == SpoolRecords.LaterEpochBytes => ApplyLaterEpoch(payload),
        SpoolKind.Acknowledged when payload.Length == 8 => ApplyAcknowledged(SpoolRecords.Number(payload)),
        SpoolKind.Progress when payload.Length == SpoolRecords.ProgressBytes => ApplyProgress(payload),
        SpoolKind.Close when payload.Length == 16 => _open.Remove(new RequestId(SpoolRecords.Id(payload))),
        SpoolKind.Totals when payload.Length == SpoolRecords.TotalsBytes => ApplyTotals(payload),
        SpoolKind.Use when payload.Length == SpoolRecords.UseBytes => ApplyUse(payload),
        SpoolKind.StateEnd when payload.Length == 8 => ApplyStateEnd(SpoolRecords.Number(payload)),
        SpoolKind.Synced => payload.IsEmpty,
        _ => false,
    };

    private bool ApplyEvent(ReadOnlySpan<byte> payload)
    {
        if (!TryParse(payload, out var e) || e.Seq != (ulong)NextSeq)
        {
            return false;
        }

        var facts = FactsOf(e);
        Fold(TallyOf(facts.LicenceId), facts.RequestId, new UseKey(facts.UnitId, facts.Pass), (Meter)e.Meter, (long)e.Quantity, e.TimeMs);
        return true;
    }

    private bool ApplyOpen(ReadOnlySpan<byte> payload)
    {
        if (!TryParse(payload, out var e))
        {
            return false;
        }

        var facts = FactsOf(e);
        return _open.TryAdd(facts.RequestId, new OpenDelivery(facts) { Uncharged = (long)e.Quantity });
    }

    private bool ApplyLease(ReadOnlySpan<byte> payload)
    {
        TallyOf(new LicenceId(SpoolRecords.Id(payload)))
            .Lease((Meter)payload[16], new LeaseState(SpoolRecords.Number(payload[17..]), SpoolRecords.Number(payload[25..])));
        return true;
    }

    private bool ApplyEpoch(ReadOnlySpan<byte> payload)
    {
        (Emitter, Epoch, EpochAfter, NextSeq, AcknowledgedSeq) =
            (new GateId(SpoolRecords.Id(payload)), SpoolRecords.Number(payload[16..]), 0, 1, 0);
        return true;
    }

    private bool ApplyLaterEpoch(ReadOnlySpan<byte> payload)
    {
        GoOn(new GateId(SpoolRecords.Id(payload)), SpoolRecords.Number(payload[16..]), SpoolRecords.Number(payload[24..]));
        return true;
    }

    private bool ApplyAcknowledged(long seq)
    {
        AcknowledgedSeq = seq;
        return true;
    }

    private bool ApplyProgress(ReadOnlySpan<byte> payload)
    {
        if (!_open.TryGetValue(new RequestId(SpoolRecords.Id(payload)), out var open))
        {
            return false;
        }

        open.Uncharged = SpoolRecords.Number(payload[16..]);
        return true;
    }

    private bool ApplyTotals(ReadOnlySpan<byte> payload)
    {
        var tally = TallyOf(new LicenceId(SpoolRecords.Id(payload)));
        (tally.Bytes, tally.Uses) = (SpoolRecords.Number(payload[16..]), SpoolRecords.Number(payload[24..]));
        return true;
    }

    private bool ApplyUse(ReadOnlySpan<byte> payload)
    {
        Remember(
            TallyOf(new LicenceId(SpoolRecords.Id(payload))),
            new UseKey(new UnitId(SpoolRecords.Id(payload[16..])), BinaryPrimitives.ReadUInt64LittleEndian(payload[32..])),
            BinaryPrimitives.ReadInt32LittleEndian(payload[40..]));
        return true;
    }

    private bool ApplyStateEnd(long nextSeq)
    {
        NextSeq = nextSeq;
        return true;
    }

    private static bool TryParse(ReadOnlySpan<byte> payload, out UsageEvent parsed)
    {
        try
        {
            parsed = UsageEvent.Parser.ParseFrom(payload);
            return parsed is { WorkId.Length: 16, UnitId.Length: 16, LicenceId.Length: 16, Buyer.Length: 16,
                RequestId.Length: 16, Pass.Length: 8, Quantity: <= long.MaxValue };
        }
        catch (InvalidProtocolBufferException)
        {
            parsed = new UsageEvent();
            return false;
        }
    }

    private static UsageFacts FactsOf(UsageEvent e) => new(
        new WorkId(SpoolRecords.Id(e.WorkId.Span)), new UnitId(SpoolRecords.Id(e.UnitId.Span)),
        new LicenceId(SpoolRecords.Id(e.LicenceId.Span)), new BuyerPseudonym(SpoolRecords.Id(e.Buyer.Span)),
        new RequestId(SpoolRecords.Id(e.RequestId.Span)), BinaryPrimitives.ReadUInt64BigEndian(e.Pass.Span), (Evidence)e.Evidence);
}
