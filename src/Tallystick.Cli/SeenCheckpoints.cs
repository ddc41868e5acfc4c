using System.Security.Cryptography;
using System.Text;
using Tallystick.Client;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;

namespace Tallystick.Cli;

/// <summary>
/// The newest checkpoint that this person has seen of every log, one file per origin and key. A log that shows two people, or
/// one person on two days, trees that cannot be joined is caught by what is kept here.
/// </summary>
internal sealed class SeenCheckpoints(string folder)
{
    private static readonly TimeSpan LockMost = TimeSpan.FromSeconds(10);

    public static SeenCheckpoints OfThisPerson() => new(Path.Combine(Session.Home(), "log-checkpoints"));

    /// <summary>The newest one seen; null when there is none.</summary>
    /// <exception cref="CommandException">The file was damaged.</exception>
    public SignedCheckpoint? Find(VerifierKey key)
    {
        var file = FileOf(key);
        if (!File.Exists(file))
        {
            return null;
        }

        return SignedCheckpoint.Read(File.ReadAllText(file), key) ?? throw new CommandException(
            $"The checkpoint remembered in {file} cannot be read. If the disk was damaged, delete it; the next one is remembered anew.");
    }

    /// <summary>
    /// Remembers a checkpoint that is proven to continue the one before. Whole or not at all, also after a power cut; of two
    /// commands that run at once the larger one stays.
    /// </summary>
    public async Task Keep(VerifierKey key, SignedCheckpoint seen, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        await using var held = await Lock(stop);
        if (Find(key) is not { } before || before.Head.Size < seen.Head.Size)
        {
            DurableFile.Write(FileOf(key), Encoding.UTF8.GetBytes(seen.Note));
        }
    }

    /// <summary>Keeps two checkpoints that contradict each other: together they prove what the log did.</summary>
    /// <returns>The folder with both.</returns>
    public string KeepEvidence(VerifierKey key, SignedCheckpoint one, SignedCheckpoint other)
    {
        var evidence = Path.Combine(folder, "evidence", Name(key), Digest(one.Note + "\n" + other.Note));
        Directory.CreateDirectory(evidence);
        DurableFile.Write(Path.Combine(evidence, "first.checkpoint"), Encoding.UTF8.GetBytes(one.Note));
        DurableFile.Write(Path.Combine(evidence, "second.checkpoint"), Encoding.UTF8.GetBytes(other.Note));
        DurableFile.Write(Path.Combine(evidence, "log.vkey"), Encoding.UTF8.GetBytes(key + "\n"));
        return evidence;
    }

    private string FileOf(VerifierKey key) => Path.Combine(folder, Name(key) + ".checkpoint");

    private static string Name(VerifierKey key) => Digest(key.ToString());

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];

    private async Task<FileStream> Lock(CancellationToken stop)
    {
        var file = Path.Combine(folder, ".lock");
        for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromMilliseconds(50))
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (waited < LockMost)
            {
                await Task.Delay(50, stop);
            }
        }
    }
}
