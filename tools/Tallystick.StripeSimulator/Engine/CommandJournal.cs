using System.Text.Json;

namespace Tallystick.StripeSimulator.Engine;

/// <summary>What must be equal for the same commands to give the same state.</summary>
internal sealed record JournalHeader(int Format, string Seed, long SettlementSeconds, long PayoutSeconds);

/// <summary>
/// Executed commands, one JSON line each, flushed to the disk before the caller is answered. A line that a crash cut
/// short was never answered to anybody and is dropped; a damaged line before the last one stops the start.
/// </summary>
internal sealed class CommandJournal : IDisposable
{
    public const int Format = 1;

    readonly FileStream file;

    CommandJournal(FileStream file) => this.file = file;

    public static CommandJournal Open(string path, JournalHeader fresh, out JournalHeader header, out List<Command> commands)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        commands = [];
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var end = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        var lines = System.Text.Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        header = lines.Length == 0 ? fresh : Parse<JournalHeader>(path, lines[0]);
        if (header.Format != Format)
            throw new InvalidDataException($"{path} has format {header.Format}, this simulator reads {Format}.");
        foreach (var line in lines.Skip(1))
            commands.Add(Parse<Command>(path, line));
        file.SetLength(end);
        file.Position = end;
        var journal = new CommandJournal(file);
        if (lines.Length == 0)
            journal.Write(JsonSerializer.SerializeToUtf8Bytes(fresh));
        return journal;
    }

    public void Append(Command command) => Write(JsonSerializer.SerializeToUtf8Bytes(command));

    /// <summary>Forgets everything and starts over with this header.</summary>
    public void Clear(JournalHeader header)
    {
        file.SetLength(0);
        file.Position = 0;
        Write(JsonSerializer.SerializeToUtf8Bytes(header));
    }

    static T Parse<T>(string path, string line)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line) ?? throw new InvalidDataException($"{path} holds an empty line.");
        }
        catch (JsonException)
        {
            throw new InvalidDataException($"{path} is damaged: a line before its end cannot be read.");
        }
    }

    void Write(byte[] line)
    {
        file.Write([.. line, (byte)'\n']);
        file.Flush(flushToDisk: true);
    }

    public void Dispose() => file.Dispose();
}
