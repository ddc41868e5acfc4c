using Tallystick.Core.Ids;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Tests.Spool;

public sealed class BoundedStateTests
{
    private readonly byte[] _payload = new byte[SpoolFrame.PayloadBytesMost];

    [Fact]
    public void However_many_passes_there_were_the_state_keeps_its_size_and_forgets_the_oldest_first()
    {
        const int most = 1_000;
        var state = new SpoolState(most);
        var tallies = Enumerable.Range(1, 7).Select(n => state.TallyOf(Licence(n))).ToList();
        for (var pass = 0; pass < 50_000; pass++)
        {
            Use(state, tallies[pass % tallies.Count], pass);
        }

        var copy = new SpoolState(most);
        var bytes = 0;
        state.WriteTo((kind, payload) =>
        {
            bytes += SpoolFrame.HeadBytes + payload.Length;
            copy.Apply(kind, payload).ShouldBeTrue();
        });

        bytes.ShouldBeLessThan(60 * most);
        tallies.Sum(t => t.UsesSeen.Count).ShouldBe(most);
        copy.Tallies.Sum(t => t.UsesSeen.Count).ShouldBe(most);
        foreach (var one in (SpoolState[])[state, copy])
        {
            one.TallyOf(Of(49_000)).Used(Key(49_000)).ShouldBeTrue();
            one.TallyOf(Of(48_999)).Used(Key(48_999)).ShouldBeFalse();
        }

        // What was read back forgets in the same order.
        Use(copy, copy.TallyOf(Licence(1)), 60_000);
        copy.TallyOf(Of(49_000)).Used(Key(49_000)).ShouldBeFalse();
        copy.TallyOf(Of(49_001)).Used(Key(49_001)).ShouldBeTrue();

        LicenceId Of(int pass) => tallies[pass % tallies.Count].LicenceId;
    }

    [Fact]
    public void Of_a_licence_without_a_lease_and_without_a_use_nothing_is_kept_until_it_is_used_again()
    {
        var state = new SpoolState();
        var (idle, leased, used) = (state.TallyOf(Licence(1)), state.TallyOf(Licence(2)), state.TallyOf(Licence(3)));
        state.Lease(_payload, leased, Meter.BytesDelivered, new LeaseState(100, 5));
        Use(state, idle, pass: 1, day: 10);
        Use(state, used, pass: 1, day: 20_000);

        state.Forget(beforeDay: 20_000);
        state.Compact();

        state.Tallies.ShouldBe([leased, used], ignoreOrder: true);
        // Whoever still holds it may go on with it.
        state.Lease(_payload, idle, Meter.SegmentUnlocked, new LeaseState(7, 5));
        state.Tallies.ShouldContain(idle);
        state.TallyOf(idle.LicenceId).ShouldBeSameAs(idle);
    }

    private void Use(SpoolState state, LicenceTally tally, int pass, int day = 20_000) => state.Count(
        _payload, tally, new UsageFacts(
            default, Key(pass).Unit, tally.LicenceId, default, default, Key(pass).Pass, Evidence.GateFlushed),
        Meter.SegmentUnlocked, 1, day * 86_400_000L);

    private static UseKey Key(int pass) => new(UnitId.From(new Guid(9, 9, 9, new byte[8])), (ulong)pass);

    private static LicenceId Licence(int n) => LicenceId.From(new Guid(n, 1, 2, new byte[8]));
}
