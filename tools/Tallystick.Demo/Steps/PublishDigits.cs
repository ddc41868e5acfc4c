using System.IO.Compression;
using System.Security.Cryptography;
using Tallystick.Client;

namespace Tallystick.Demo.Steps;

/// <summary>Cuts the dataset into shards and publishes it.</summary>
internal static class PublishDigits
{
    private const int ShardCount = 12;

    public static async Task Run(World world, CancellationToken stop)
    {
        var folder = Path.Combine(world.Settings.Work, "digits");
        var packed = Path.Combine(world.Settings.Repository, "demo", "data", "digits.csv.gz");
        var lines = await ReadLines(packed, stop);
        Screen.Say("Optical Recognition of Handwritten Digits: E. Alpaydin and C. Kaynak, UCI, CC BY 4.0");
        Screen.Say($"{lines.Length} images of 8x8 pixels from demo/data/digits.csv.gz, cut into {ShardCount} shards");

        Directory.CreateDirectory(folder);
        var shards = lines.Index().GroupBy(l => l.Index * ShardCount / lines.Length, l => l.Item).ToList();
        foreach (var shard in shards)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, Name(shard.Key)), string.Concat(shard.Select(l => l + "\n")), stop);
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "all-digits.csv"), string.Concat(lines.Select(l => l + "\n")), stop);
        world.Shards = [.. shards.Select(s => Name(s.Key))];

        world.Screen.Doing("publishing");
        world.Work = await world.Creator.Client.CreateWork(
            new NewWork(
                "Handwritten digits, 8x8",
                new Provenance(
                    "Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak), UCI", "CC BY 4.0",
                    "https://doi.org/10.24432/C50P49"),
                "1797 images of handwritten digits in twelve shards, and all of them in one file."),
            stop);
        var files = LocalFolder.Read(folder, follow: false).Files;
        var published = await new PublishWork(world.Creator.Client).Run(world.Work, files, null, null, stop);
        Screen.Say($"{published.Version.FileCount} files, {published.Version.SizeBytes:#,0} bytes, sha256 {published.Version.Hash}");

        var listed = await world.Creator.Client.Files(world.Work, published.Version.VersionId, null, stop);
        world.Screen.Check(
            "What is published is what lies on the disk",
            listed.Items.Count == files.Count && listed.Items.All(f => f.Sha256 == HashOf(Path.Combine(folder, f.Path))),
            $"{listed.Items.Count} SHA-256 sums");
        await Patience.For("the work at the gate", t => AtGate(world, t), there => there, stop);
    }

    private static string Name(int number) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"shard-{number:00}.csv");

    private static async Task<string[]> ReadLines(string packed, CancellationToken stop)
    {
        await using var file = File.OpenRead(packed);
        await using var plain = new GZipStream(file, CompressionMode.Decompress);
        using var text = new StreamReader(plain);
        return (await text.ReadToEndAsync(stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static async Task<bool> AtGate(World world, CancellationToken stop)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(world.WorkAtGate, stop);
        return answer.IsSuccessStatusCode;
    }
}
