using Tallystick.Core.Spool;

namespace Tallystick.Gate.Metering;

/// <summary>
/// Reads a log back. 1. The newest segment whose state is whole is the base. Later files that are blank were never begun and go; one
/// whose state was torn while it was written is kept aside, because all of it stands in the base as well. 2. Records of the base are
/// applied up to the first that is not whole: what a crash tore was never acknowledged to anyone. 3. Older segments are kept while
/// they hold events that the server lacks; they must reach up to the base without a gap. 4. Where anything else is missing the disk
/// has lost what it had: the gate does not start, and every file stays as it is.
/// </summary>
internal static class LogRecovery
{
    /// <summary>What a log comes to.</summary>
    /// <param name="State">What its records add up to.</param>
    /// <param name="Segments">Files that are needed, oldest first.</param>
    /// <param name="LastNumber">Highest number of a file.</param>
    internal sealed record Recovered(SpoolState State, List<LogSegment> Segments, long LastNumber)
    {
        /// <summary>Files that hold nothing which is needed.</summary>
        public List<string> Needless { get; } = [];

        /// <summary>Files whose beginning was torn.</summary>
        public List<string> Unfinished { get; } = [];
    }

    /// <summary>Reads a log and takes away what is not needed.</summary>
    public static Recovered Run(string folder)
    {
        var recovered = Read(folder);
        recovered.Needless.ForEach(File.Delete);
        recovered.Unfinished.ForEach(path => File.Move(path, path + ".torn"));
        return recovered;
    }

    /// <summary>Reads a log and changes nothing.</summary>
    /// <exception cref="InvalidDataException">It is damaged; the message says where and what to do.</exception>
    public static Recovered Read(string folder)
    {
        var files = LogSegment.Files(folder).ToList();
        var lastNumber = files.Count == 0 ? 0 : LogSegment.Existing(files[^1]).Number;
        var blank = new List<string>();
        var torn = new List<Replayed>();
        // 1
        for (; files.Count > 0; files.RemoveAt(files.Count - 1))
        {
            if (Replay(files[^1]) is not { } newest)
            {
                blank.Add(files[^1]);
                continue;
            }

            if (newest.IsBegun)
            {
                files.RemoveAt(files.Count - 1);
                torn.ForEach(t => RequireNothingOwn(t, newest.State));
                var recovered = new Recovered(newest.State, [newest.Segment], lastNumber);
                recovered.Unfinished.AddRange(torn.Select(t => t.Segment.Path));
                recovered.Needless.AddRange(blank);
                AddOlder(recovered, files, newest.FirstSeq);
                return recovered;
            }

            torn.Add(newest);
        }

        if (torn.Count > 0)
        {
            throw LogDamage.At(torn[0].Segment.Path, torn[0].Segment.DurableBytes, "the state at its beginning is not whole");
        }

        var fresh = new Recovered(new SpoolState(), [], lastNumber);
        fresh.Needless.AddRange(blank);
        return fresh;
    }

    /// <summary>Reads one file; null when nothing was ever written into it.</summary>
    public static Replayed? Replay(string path)
    {
        var segment = LogSegment.Existing(path);
        var bytes = File.ReadAllBytes(path);
        if (SpoolScan.IsBlank(bytes))
        {
            return null;
        }

        var replayed = new Replayed(segment, new SpoolState(), bytes);
        var at = 0;
        // 2
        while (SpoolFrame.TryRead(bytes.AsSpan(at), segment.Number, out var kind, out var payload, out var frame))
        {
            if (!replayed.State.Apply(kind, payload))
            {
                // A right checksum is no torn write.
                throw LogDamage.At(path, at, "it holds a record that does not follow from those before it");
            }

            if (kind == SpoolKind.StateEnd && !replayed.IsBegun)
            {
                replayed.FirstSeq = replayed.State.NextSeq;
            }

            at += frame;
        }

        if (SpoolScan.IsDamaged(bytes, at, segment.Number))
        {
            throw LogDamage.At(path, at, "a record is not whole, and later ones are");
        }

        segment.DurableBytes = at;
        segment.LastSeq = replayed.State.NextSeq - 1;
        return replayed;
    }

    // 3
    private static void AddOlder(Recovered to, List<string> files, long firstSeq)
    {
        var expected = firstSeq - 1;
        foreach (var path in Enumerable.Reverse(files))
        {
            if (expected <= to.State.AcknowledgedSeq)
            {
                to.Needless.Add(path);
                continue;
            }

            if (Replay(path) is not { IsBegun: true } older)
            {
                throw LogDamage.At(path, 0, "the state at its beginning is not whole");
            }

            if (older.State.Epoch == to.State.Epoch && older.State.NextSeq - 1 != expected)
            {
                throw LogDamage.At(
                    path, older.Segment.DurableBytes, $"it ends at event {older.State.NextSeq - 1}, and {expected} was written");
            }

            to.Segments.Insert(0, older.Segment);
            expected = older.FirstSeq - 1;
        }
    }

    // A state that was torn while it was written repeats what the file before it says. One that says more was whole once.
    private static void RequireNothingOwn(Replayed torn, SpoolState whole)
    {
        foreach (var at in SpoolScan.WholeAfter(torn.Bytes, (int)torn.Segment.DurableBytes, torn.Segment.Number))
        {
            SpoolFrame.TryRead(torn.Bytes.AsSpan(at), torn.Segment.Number, out var kind, out var payload, out _);
            var own = new SpoolState();
            if (kind == SpoolKind.StateEnd && own.Apply(kind, payload) && own.NextSeq != whole.NextSeq)
            {
                throw LogDamage.At(torn.Segment.Path, torn.Segment.DurableBytes, "a record is not whole, and the file before it ends earlier");
            }
        }
    }

    /// <summary>A file as it was read.</summary>
    internal sealed record Replayed(LogSegment Segment, SpoolState State, byte[] Bytes)
    {
        /// <summary>Number of the first event after the state; 0 when the state is not whole.</summary>
        public long FirstSeq { get; set; }

        public bool IsBegun => FirstSeq > 0;
    }
}
