namespace Tallystick.Client;

/// <summary>What a file's ending says about its content; what is not known is delivered as bytes.</summary>
internal static class MediaTypes
{
    private static readonly Dictionary<string, string> ByEnding = new(StringComparer.OrdinalIgnoreCase)
    {
        [".csv"] = "text/csv", [".tsv"] = "text/tab-separated-values", [".txt"] = "text/plain", [".md"] = "text/markdown",
        [".json"] = "application/json", [".jsonl"] = "application/x-ndjson", [".xml"] = "application/xml",
        [".html"] = "text/html", [".pdf"] = "application/pdf", [".parquet"] = "application/vnd.apache.parquet",
        [".gz"] = "application/gzip", [".zst"] = "application/zstd", [".zip"] = "application/zip", [".tar"] = "application/x-tar",
        [".png"] = "image/png", [".jpg"] = "image/jpeg", [".jpeg"] = "image/jpeg", [".webp"] = "image/webp",
        [".svg"] = "image/svg+xml", [".mp3"] = "audio/mpeg", [".flac"] = "audio/flac", [".wav"] = "audio/wav",
        [".ogg"] = "audio/ogg", [".mp4"] = "video/mp4", [".webm"] = "video/webm",
    };

    public static string Of(string path) => ByEnding.GetValueOrDefault(Path.GetExtension(path), "application/octet-stream");
}
