using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Transparency;
using Tallystick.Crypto;
using Tallystick.Hosting;

namespace Tallystick.Server.Transparency;

/// <summary>The key that signs checkpoints. Its name is the log's origin.</summary>
internal sealed class LogKey(LogPlaces places) : IDisposable
{
    private readonly Lock _lock = new();
    private NoteSigningKey? _key;

    /// <summary>The key, read once; null when it was never made.</summary>
    /// <exception cref="LogRefusedException">The file is no key, or one of another log.</exception>
    public NoteSigningKey? Find()
    {
        lock (_lock)
        {
            return _key ??= File.Exists(places.KeyFile) ? Read() : null;
        }
    }

    /// <summary>Makes the key of a new log.</summary>
    public NoteSigningKey Create()
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(places.KeyFile))!;
        Directory.CreateDirectory(folder);
        var seed = RandomNumberGenerator.GetBytes(Ed25519.SeedBytes);
        DurableFile.Write(
            places.KeyFile,
            Encoding.UTF8.GetBytes(NoteSigningKey.SecretText(places.Origin, seed) + "\n"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite);
        CryptographicOperations.ZeroMemory(seed);
        return Find()!;
    }

    public void Dispose() => _key?.Dispose();

    private NoteSigningKey Read()
    {
        if (!NoteSigningKey.TryParse(File.ReadAllText(places.KeyFile).TrimEnd('\n'), out var key))
        {
            throw new LogRefusedException($"{places.KeyFile} is not a signing key. Restore it from a backup.");
        }

        if (places.OriginIsChosen && key.Verifier.Name != places.Origin)
        {
            throw new LogRefusedException(
                $"{places.KeyFile} is the key of the log '{key.Verifier.Name}', not of '{places.Origin}'. " +
                "An origin never changes: set Tally:Transparency:Origin back, or start a new log in another folder.");
        }

        return key;
    }
}

/// <summary>Going on could contradict what was published. The message says what to restore; nothing is tried again.</summary>
internal sealed class LogRefusedException(string message) : Exception(message);
