using Tallystick.Core.Spool;

namespace Tallystick.Gate.Metering;

/// <summary>
/// Reads a log back. 1. The newest segment whose state is whole is the base; later files were never begun and go.
/// 2. Its records are applied up to the first that is not whole: what follows was never acknowledged to anyone.
/// 3. Older segments are kept while they hold events that the server lacks; they must reach up to the base without a gap.
/// </summary>
internal static class LogRecovery
{
    internal sealed record Recovered(SpoolState State, List<LogSegment> Segments, long LastNumber);

    public static Recovered Run(string folder)
    {
        var files = LogSegment.Files(folder).ToList();
        var lastNumber = files.Count == 0 ? 0 : LogSegment.Existing(files[^1]).Number;
        // 1
        while (files.Count > 0)
        {
            var newest = LogSegment.Existing(files[^1]);
            if (Replay(newest) is { } state)
            {
                files.RemoveAt(files.Count - 1);
                return new(state, [.. Older(files, state, newest), newest], lastNumber);
            }

            File.Delete(newest.Path);
            files.RemoveAt(files.Count - 1);
        }

        return new(new SpoolState(), [], lastNumber);
    }

    private static SpoolState? Replay(LogSegment segment)
    {
        var state = new SpoolState();
        var begun = false;
        var damaged = false;
        var bytes = File.ReadAllBytes(segment.Path);
        // 2
        segment.DurableBytes = LogSegment.Scan(bytes, segment.Number, (kind, payload) =>
        {
            damaged |= !state.Apply(kind, payload);
            begun |= kind == SpoolKind.StateEnd;
        });
        segment.LastSeq = state.NextSeq - 1;
        // A record with a right checksum that does not follow from those before it is no torn write.
        return damaged && begun ? throw Damaged(segment.Path, "holds a record that does not follow from those before it") :
            begun ? state : null;
    }

    // 3
    private static List<LogSegment> Older(List<string> files, SpoolState state, LogSegment newest)
    {
        var kept = new List<LogSegment>();
        var expected = FirstSeqAfterState(newest) - 1;
        foreach (var path in Enumerable.Reverse(files))
        {
            var segment = LogSegment.Existing(path);
            if (expected <= state.AcknowledgedSeq)
            {
                File.Delete(path);
                continue;
            }

            var older = Replay(segment) ?? throw Damaged(path, "has no whole state at its beginning");
            if (older.Epoch == state.Epoch && older.NextSeq - 1 != expected)
            {
                throw Damaged(path, $"ends at event {older.NextSeq - 1}, {expected} was written");
            }

            kept.Insert(0, segment);
            expected = FirstSeqAfterState(segment) - 1;
        }

        return kept;
    }

    private static long FirstSeqAfterState(LogSegment segment)
    {
        var state = new SpoolState();
        var first = 0L;
        LogSegment.Scan(File.ReadAllBytes(segment.Path), segment.Number, (kind, payload) =>
        {
            if (first == 0)
            {
                state.Apply(kind, payload);
                first = kind == SpoolKind.StateEnd ? state.NextSeq : 0;
            }
        });
        return first;
    }

    private static InvalidDataException Damaged(string path, string how) => new(
        $"The log file {path} {how}. Move the data folder away to begin a new log, and keep it: it holds usage that was not billed yet.");
}
