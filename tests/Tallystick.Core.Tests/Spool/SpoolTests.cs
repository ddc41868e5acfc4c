using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Tallystick.Core.Ids;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage;
using Tallystick.Core.Usage.Wire;

namespace Tallystick.Core.Tests.Spool;

public sealed class SpoolTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(0, 0, 0)]
    [InlineData(127, 128, 1_700_000_000_000)]
    [InlineData(long.MaxValue, long.MaxValue, long.MaxValue)]
    public void An_event_has_the_bytes_that_the_generated_code_writes(long seq, long quantity, long timeMs)
    {
        var facts = Facts(7);
        var own = new byte[UsageEventWire.BytesMost];
        var length = UsageEventWire.Write(own, facts, seq, Meter.BytesDelivered, quantity, timeMs);

        own[..length].ShouldBe(new UsageEvent
        {
            Seq = (ulong)seq, WorkId = Bytes(facts.WorkId.Value), UnitId = Bytes(facts.UnitId.Value),
            LicenceId = Bytes(facts.LicenceId.Value), Buyer = Bytes(facts.Buyer.Value), Meter = (uint)Meter.BytesDelivered,
            Quantity = (ulong)quantity, TimeMs = timeMs, Evidence = (uint)Evidence.GateFlushed,
            RequestId = Bytes(facts.RequestId.Value), Pass = ByteString.CopyFrom(0, 0, 0, 0, 0, 0, 0, 7),
        }.ToByteArray());
        UsageEventWire.SeqOf(own.AsSpan(0, length)).ShouldBe(seq);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(128, 1)]
    [InlineData(1, 128)]
    [InlineData(long.MaxValue, 5)]
    [InlineData(5, long.MaxValue)]
    public void An_event_under_another_number_is_the_same_event(long from, long to)
    {
        var (own, other, renumbered) = (new byte[UsageEventWire.BytesMost], new byte[UsageEventWire.BytesMost], new byte[UsageEventWire.BytesMost]);
        var length = UsageEventWire.Write(own, Facts(7), from, Meter.BytesDelivered, 9, 9);
        var wanted = UsageEventWire.Write(other, Facts(7), to, Meter.BytesDelivered, 9, 9);

        renumbered[..UsageEventWire.Renumber(renumbered, own.AsSpan(0, length), to)].ShouldBe(other[..wanted]);
    }

    [Fact]
    public void A_frame_is_read_whole_and_right_or_not_at_all()
    {
        var frame = new byte[SpoolFrame.HeadBytes + 20];
        frame.AsSpan(SpoolFrame.HeadBytes).Fill(5);
        SpoolFrame.Close(frame, SpoolKind.Event, 20, segment: 3).ShouldBe(frame.Length);

        SpoolFrame.TryRead(frame, 3, out var kind, out var payload, out var bytes).ShouldBeTrue();
        (kind, payload.Length, bytes).ShouldBe((SpoolKind.Event, 20, frame.Length));
        SpoolFrame.TryRead(frame, 4, out _, out _, out _).ShouldBeFalse();
        SpoolFrame.TryRead(new byte[100], 0, out _, out _, out _).ShouldBeFalse();
        for (var i = 0; i < frame.Length * 8; i++)
        {
            frame[i / 8] ^= (byte)(1 << (i % 8));
            SpoolFrame.TryRead(frame, 3, out _, out _, out _).ShouldBeFalse();
            frame[i / 8] ^= (byte)(1 << (i % 8));
        }

        for (var cut = 0; cut < frame.Length; cut++)
        {
            SpoolFrame.TryRead(frame.AsSpan(0, cut), 3, out _, out _, out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void Whatever_a_crash_does_to_unsynced_bytes_all_that_was_synced_comes_back_and_nothing_that_was_not_written() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll<int>(seed => Simulate(new Random(seed))));

    [Fact]
    public void The_state_that_is_written_is_the_state_that_is_read() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll<int>(seed =>
        {
            var disk = new ModelDisk(1);
            var random = new Random(seed);
            for (var i = random.Next(60); i > 0; i--)
            {
                disk.Do(random);
            }

            var copy = new ModelDisk(2);
            disk.State.WriteTo(copy.Write);
            return Describe(Replay(copy.Bytes, 2)) == Describe(disk.State);
        }));

    [Fact]
    public void One_bit_that_changed_in_what_was_synced_is_damage_and_every_record_comes_back() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll<int>(seed =>
        {
            var random = new Random(seed);
            var disk = new ModelDisk(4);
            disk.State.WriteTo(disk.Write);
            for (var i = random.Next(1, 20); i > 0; i--)
            {
                disk.Do(random);
                disk.Write(SpoolKind.Synced, []);
            }

            var bytes = disk.Bytes;
            var bit = random.Next((bytes.Length - SpoolFrame.HeadBytes) * 8);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));

            var salvage = SpoolSalvage.Of(bytes, 4, null, null, 0);

            return SpoolScan.IsDamaged(bytes, End(bytes, 4), 4) && salvage is { Corrected: 1, Gaps: [], Lost: [] } &&
                Describe(salvage.State!) == Describe(disk.State) && Describe(Replay(salvage.File, 4)) == Describe(disk.State);
        }));

    [Fact]
    public void What_a_crash_left_of_the_last_write_is_no_damage()
    {
        var disk = new ModelDisk(4);
        disk.State.WriteTo(disk.Write);
        disk.Write(SpoolKind.Synced, []);
        var synced = disk.Bytes.Length;
        disk.Write(SpoolKind.Synced, []);
        disk.Do(new Random(1));
        disk.Do(new Random(1));
        var bytes = disk.Bytes;
        bytes.AsSpan(synced, 40).Clear();

        SpoolScan.IsDamaged(bytes, End(bytes, 4), 4).ShouldBeFalse();
        // A file of an earlier make has no marks: there what is whole behind something that is not was written later.
        bytes.AsSpan(0, SpoolFrame.HeadBytes).Clear();
        SpoolScan.IsDamaged(bytes, 0, 4).ShouldBeTrue();
    }

    private static int End(byte[] bytes, long segment)
    {
        var at = 0;
        while (SpoolFrame.TryRead(bytes.AsSpan(at), segment, out _, out _, out var length))
        {
            at += length;
        }

        return at;
    }

    // Acts at random, syncs now and then, then crashes: what was not synced is lost, torn, or turned to noise.
    private static bool Simulate(Random random)
    {
        var disk = new ModelDisk(9);
        var synced = 0;
        var written = new List<string> { Describe(disk.State) };
        var atSync = 0;
        for (var i = random.Next(1, 80); i > 0; i--)
        {
            disk.Do(random);
            written.Add(Describe(disk.State));
            if (random.Next(5) == 0)
            {
                (synced, atSync) = (disk.Bytes.Length, written.Count - 1);
            }
        }

        var bytes = disk.Bytes;
        for (var sector = synced; sector < bytes.Length; sector += 64)
        {
            var lost = bytes.AsSpan(sector, Math.Min(64, bytes.Length - sector));
            switch (random.Next(3))
            {
                case 0:
                    lost.Clear();
                    break;
                case 1:
                    random.NextBytes(lost);
                    break;
            }
        }

        var back = Describe(Replay(bytes, 9));
        return written[atSync..].Contains(back);
    }

    private static SpoolState Replay(ReadOnlySpan<byte> bytes, long segment)
    {
        var state = new SpoolState();
        while (SpoolFrame.TryRead(bytes, segment, out var kind, out var payload, out var length))
        {
            state.Apply(kind, payload).ShouldBeTrue();
            bytes = bytes[length..];
        }

        return state;
    }

    private static string Describe(SpoolState state) => string.Join('\n',
    [
        $"{state.Emitter} {state.Epoch} {state.EpochAfter} {state.NextSeq} {state.AcknowledgedSeq}",
        .. state.Tallies.Where(t => (t.Bytes, t.Uses, t.ByteLease, t.UseLease) != default).OrderBy(t => t.LicenceId.Value).Select(t =>
            $"{t.LicenceId} {t.Bytes} {t.Uses} {t.ByteLease} {t.UseLease} {string.Join(',', t.UsesSeen.Select(u => u.ToString()).Order())}"),
        .. state.Open.Select(o => $"{o.Facts} {o.Uncharged}").Order(),
    ]);

    private static ByteString Bytes(Guid id) => ByteString.CopyFrom(id.ToByteArray(bigEndian: true));

    private static UsageFacts Facts(int n) => new(
        WorkId.From(Id(n)), UnitId.From(Id(n + 1)), LicenceId.From(Id(n + 2)), BuyerPseudonym.From(Id(n + 3)),
        RequestId.From(Id(n + 4)), (ulong)n, Evidence.GateFlushed);

    private static Guid Id(int n) => new(n, 1, 2, new byte[8]);

    /// <summary>One file as the gate writes it, in memory.</summary>
    private sealed class ModelDisk(long segment)
    {
        private readonly List<byte> _bytes = [];
        private readonly List<OpenDelivery> _open = [];
        private int _requests;

        public SpoolState State { get; } = new();

        public byte[] Bytes => [.. _bytes];

        public void Write(SpoolKind kind, ReadOnlySpan<byte> payload)
        {
            var frame = new byte[SpoolFrame.HeadBytes + payload.Length];
            payload.CopyTo(frame.AsSpan(SpoolFrame.HeadBytes));
            SpoolFrame.Close(frame, kind, payload.Length, segment);
            _bytes.AddRange(frame);
        }

        public void Do(Random random)
        {
            var payload = new byte[SpoolFrame.PayloadBytesMost];
            var facts = Facts(random.Next(4)) with { Pass = (ulong)random.Next(3), RequestId = RequestId.From(Id(1000 + _requests)) };
            var tally = State.TallyOf(facts.LicenceId);
            var (kind, length) = random.Next(9) switch
            {
                0 => (SpoolKind.Event, State.Count(payload, tally, facts, Meter.BytesDelivered, random.Next(1, 999), 86_400_000)),
                1 => (SpoolKind.Event, State.Count(payload, tally, facts, Meter.SegmentUnlocked, 1, 86_400_000)),
                2 => (SpoolKind.Lease, State.Lease(payload, tally, Meter.BytesDelivered, new LeaseState(random.Next(), random.Next()))),
                3 => (SpoolKind.Acknowledged, State.Acknowledge(payload, random.NextInt64(State.NextSeq))),
                4 => (SpoolKind.Open, Start(payload, facts)),
                5 when _open.Count > 0 => (SpoolKind.Progress, SpoolState.Progress(payload, _open[0], random.Next(1, 999))),
                6 when _open.Count > 0 => (SpoolKind.Close, End(payload)),
                7 => (SpoolKind.Epoch, State.GoOn(payload, GateId.From(Id(5)), State.Epoch + 1, random.NextInt64(State.NextSeq))),
                8 => (SpoolKind.Use, State.Counted(payload, tally, new UseKey(facts.UnitId, facts.Pass), 86_400_000)),
                _ => (SpoolKind.Event, State.Count(payload, tally, facts, Meter.BytesDelivered, 1, 0)),
            };
            Write(kind, payload.AsSpan(0, length));
        }

        private int Start(byte[] payload, UsageFacts facts)
        {
            _requests++;
            _open.Add(new OpenDelivery(facts));
            return State.Start(payload, _open[^1]);
        }

        private int End(byte[] payload)
        {
            var ended = _open[0];
            _open.RemoveAt(0);
            return State.End(payload, ended);
        }
    }
}
