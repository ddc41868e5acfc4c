using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Tallystick.Xrpl.Tests.Fuzz;

/// <summary>Changes saved inputs at random, from a seed, and gives them to a target.</summary>
internal sealed class Fuzzer(FuzzTarget target, int seed)
{
    private const int InputBytesMax = 4096;

    // Enough to reach every refusal many times over; more would only thin out the saved inputs.
    private const int KeptMax = 5000;

    private readonly Random _random = new(seed);
    private readonly List<byte[]> _corpus = [.. Saved(target)];
    private readonly HashSet<string> _outcomes = [];

    /// <summary>How many inputs were tried.</summary>
    public long Tried { get; private set; }

    /// <summary>The inputs that came out as none did before.</summary>
    public List<byte[]> Kept { get; } = [];

    /// <summary>Runs the saved inputs as they are, then changed ones until the time or the count is up.</summary>
    /// <returns>The input that broke the target and how, or null.</returns>
    public (byte[] Input, Exception How)? Run(TimeSpan duration, long countMax)
    {
        foreach (var input in _corpus)
        {
            if (Try(input, out var outcome) is { } how)
            {
                return (input, how);
            }

            _outcomes.Add(outcome);
        }

        var watch = Stopwatch.StartNew();
        for (long count = 0; count < countMax && watch.Elapsed < duration; count++)
        {
            var input = Change();
            if (Try(input, out var outcome) is { } how)
            {
                return (Shrink(input), how);
            }

            if (Kept.Count < KeptMax && _outcomes.Add(outcome))
            {
                Kept.Add(input);
                _corpus.Add(input);
            }
        }

        return null;
    }

    /// <summary>Keeps an input in the source tree, so that it is tried on every run from now on.</summary>
    public static string Save(FuzzTarget target, byte[] input)
    {
        var folder = Path.Combine(Path.GetDirectoryName(ThisFile())!, "Corpus", target.Name);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"found-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}.bin");
        File.WriteAllBytes(path, input);
        return path;
    }

    private static IEnumerable<byte[]> Saved(FuzzTarget target) =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", target.Name))
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes);

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private Exception? Try(byte[] input, out string outcome)
    {
        Tried++;
        outcome = "";
        try
        {
            outcome = target.Check(input);
            return null;
        }
        catch (Exception how)
        {
            return how;
        }
    }

    private byte[] Change()
    {
        var input = _corpus[_random.Next(_corpus.Count)].ToList();
        for (var changes = _random.Next(1, 5); changes > 0; changes--)
        {
            var at = _random.Next(input.Count + 1);
            var isInside = at < input.Count;
            switch (_random.Next(7))
            {
                case 0 when isInside:
                    input[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1 when isInside:
                    input[at] = (byte)_random.Next(256);
                    break;
                case 2 when isInside:
                    input.RemoveRange(at, Math.Min(_random.Next(1, 9), input.Count - at));
                    break;
                case 3 when isInside:
                    input[at] = Interesting[_random.Next(Interesting.Length)];
                    break;
                case 4:
                    input.Insert(at, Interesting[_random.Next(Interesting.Length)]);
                    break;
                case 5 when input.Count < InputBytesMax:
                    var other = _corpus[_random.Next(_corpus.Count)];
                    var from = _random.Next(other.Length + 1);
                    input.InsertRange(at, other.AsSpan(from, Math.Min(_random.Next(64), other.Length - from)).ToArray());
                    break;
                default:
                    input.RemoveRange(at, input.Count - at);
                    break;
            }
        }

        return [.. input];
    }

    // The shortest prefix and the fewest bytes that still break it make a failure readable.
    private byte[] Shrink(byte[] input)
    {
        for (var size = input.Length / 2; size > 0; size /= 2)
        {
            for (var at = 0; at + size <= input.Length;)
            {
                byte[] shorter = [.. input[..at], .. input[(at + size)..]];
                if (Try(shorter, out _) is not null)
                {
                    input = shorter;
                }
                else
                {
                    at += size;
                }
            }
        }

        return input;
    }

    private static ReadOnlySpan<byte> Interesting =>
        [0x00, 0x01, 0x02, 0x14, 0x20, 0x21, 0x30, 0x7f, 0x80, 0x81, 0xc0, 0xc1, 0xe1, 0xf0, 0xf1, 0xf9, 0xfe, 0xff];
}
