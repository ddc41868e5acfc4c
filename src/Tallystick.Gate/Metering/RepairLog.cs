using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage;
using Tallystick.Core.Usage.Wire;
using Tallystick.Hosting;

namespace Tallystick.Gate.Metering;

/// <summary>
/// <c>repair [--apply]</c>: a log that the gate does not start with. 1. Files are read from the oldest on, each with the state that
/// the one before it ends with. 2. What is damaged is put together again as far as it can be, and what that comes to is said.
/// 3. Only with <c>--apply</c>: the damaged file stays beside its place under another name, and the whole one takes its place; of
/// one that cannot be put together the events that can be read are written out. 4. The log is read as the gate would read it.
/// </summary>
internal static class RepairLog
{
    private const string Apply = "--apply";

    /// <summary>The program's exit status: 0 when the gate can start, 1 when it cannot yet, 2 when it was called in another way.</summary>
    public static int Run(GateOptions options, IReadOnlyList<string> arguments, long nowMs, TextWriter say)
    {
        if (arguments.Count > 1 || (arguments.Count == 1 && arguments[0] != Apply))
        {
            say.WriteLine($"usage: repair [{Apply}]");
            return 2;
        }

        using var held = new FolderLock(options.DataFolder);
        var folder = Path.Combine(options.DataFolder, "log");
        Directory.CreateDirectory(folder);
        if (Fault(folder) is not { } fault)
        {
            say.WriteLine($"The log in {folder} is whole: there is nothing to repair.");
            return 0;
        }

        say.WriteLine(fault);
        var found = Examine(folder, nowMs);
        found.ForEach(f => Tell(f, say));
        if (arguments.Count == 0)
        {
            say.WriteLine($"Nothing was changed. Repeat it with {Apply} to do what is said above.");
            return 1;
        }

        // 3
        found.ForEach(Put);
        // 4
        if (Fault(folder) is { } left)
        {
            say.WriteLine($"The gate still cannot start: {left}");
            return 1;
        }

        say.WriteLine("Done: the gate can be started.");
        return 0;
    }

    private static string? Fault(string folder)
    {
        try
        {
            LogRecovery.Read(folder);
            return null;
        }
        catch (InvalidDataException damaged)
        {
            return damaged.Message;
        }
    }

    // 1, 2
    private static List<Found> Examine(string folder, long nowMs)
    {
        var files = LogSegment.Files(folder).ToList();
        var found = new List<Found>();
        SpoolState? before = null;
        for (var i = 0; i < files.Count; i++)
        {
            var after = i + 1 < files.Count ? StateAtBegin(files[i + 1]) : null;
            if (IsWhole(files[i], after, i == files.Count - 1, out var state))
            {
                before = state ?? before;
                continue;
            }

            var salvage = SpoolSalvage.Of(File.ReadAllBytes(files[i]), LogSegment.Existing(files[i]).Number, before, after, nowMs);
            found.Add(new(files[i], salvage));
            before = salvage.State;
        }

        return found;
    }

    private static bool IsWhole(string path, SpoolState? after, bool isNewest, out SpoolState? state)
    {
        state = null;
        try
        {
            if (LogRecovery.Replay(path) is not { } replayed)
            {
                return true;
            }

            state = replayed.IsBegun ? replayed.State : null;
            // One that was torn while it was begun is for the gate to keep aside, if another has what it was to hold.
            return replayed.IsBegun
                ? after is null || after.Epoch != replayed.State.Epoch || after.NextSeq == replayed.State.NextSeq
                : isNewest && Fault(Path.GetDirectoryName(path)!)?.Contains(path, StringComparison.Ordinal) != true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static SpoolState? StateAtBegin(string path)
    {
        var (state, bytes, at) = (new SpoolState(), File.ReadAllBytes(path), 0);
        var number = LogSegment.Existing(path).Number;
        while (SpoolFrame.TryRead(bytes.AsSpan(at), number, out var kind, out var payload, out var frame) && state.Apply(kind, payload))
        {
            if (kind == SpoolKind.StateEnd)
            {
                return state;
            }

            at += frame;
        }

        return null;
    }

    private static void Tell(Found found, TextWriter say)
    {
        var events = found.Salvage.Events.ToList();
        say.WriteLine(Invariant($"{found.Path}: {found.Salvage.Records} records can be read."));
        say.WriteLine(Invariant(
            $"  Events among them: {events.Count}, with {Sum(events, Meter.BytesDelivered)} bytes delivered and {Sum(events, Meter.SegmentUnlocked)} uses."));
        if (found.Salvage.Corrected > 0)
        {
            say.WriteLine(Invariant($"  Put right by their checksums: {found.Salvage.Corrected} records in which one bit had changed."));
        }

        foreach (var gap in found.Salvage.Gaps)
        {
            say.WriteLine(Invariant($"  Cannot be read: {gap.Length} bytes from byte {gap.Offset} on."));
        }

        foreach (var lost in found.Salvage.Lost)
        {
            say.WriteLine(Invariant(
                $"  Lost: events {lost.First} to {lost.Last}. Placeholders go to the server in their place; its operator sees them, and nobody is charged."));
        }

        say.WriteLine(found.Salvage.State is null
            ? $"  It cannot be put together. It would be kept as {found.Aside}, and its events written to {found.Events} for whoever bills by hand; a new log begins."
            : $"  It would be kept as {found.Aside}, and a whole file with all that can be read would take its place.");
    }

    private static void Put(Found found)
    {
        // First the copy: a crash in between leaves the damaged file where it was.
        DurableFile.Write(found.Aside, File.ReadAllBytes(found.Path));
        if (found.Salvage.State is not null)
        {
            DurableFile.Write(found.Path, found.Salvage.File);
            return;
        }

        DurableFile.Write(found.Events, Encoding.UTF8.GetBytes(string.Concat(found.Salvage.Events.Select(Line))));
        File.Delete(found.Path);
    }

    private static string Line(UsageEvent e) => new JsonObject
    {
        ["seq"] = e.Seq,
        ["licence_id"] = new Core.Ids.LicenceId(new Guid(e.LicenceId.Span, bigEndian: true)).ToString(),
        ["unit_id"] = new Core.Ids.UnitId(new Guid(e.UnitId.Span, bigEndian: true)).ToString(),
        ["meter"] = e.Meter,
        ["quantity"] = e.Quantity,
        ["time_ms"] = e.TimeMs,
    }.ToJsonString() + "\n";

    private static long Sum(List<UsageEvent> events, Meter meter) =>
        events.Where(e => e.Meter == (uint)meter).Sum(e => (long)e.Quantity);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A damaged file and what can be made of it.</summary>
    private sealed record Found(string Path, SpoolSalvage Salvage)
    {
        public string Aside { get; } = Free(Path + ".damaged");

        public string Events => Aside + ".events.jsonl";

        // What an earlier repair kept is not written over.
        private static string Free(string name)
        {
            var (free, number) = (name, 2);
            while (File.Exists(free))
            {
                free = Invariant($"{name}.{number++}");
            }

            return free;
        }
    }
}
