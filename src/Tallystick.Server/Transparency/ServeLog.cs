using Microsoft.Net.Http.Headers;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;

namespace Tallystick.Server.Transparency;

/// <summary>The public log over HTTP (C2SP tlog-tiles, "APIs"): what a static host could serve just as well.</summary>
internal sealed class ServeLog(LogFolder folder, LogKey key)
{
    private const string TextType = "text/plain; charset=utf-8";

    /// <summary>A checkpoint may be this old in a cache: "a few seconds" are allowed.</summary>
    private const string Briefly = "public, max-age=1";

    private const string Forever = "public, max-age=31536000, immutable";

    public IResult Checkpoint(HttpContext context)
    {
        if (folder.ServedCheckpoint() is not { } note)
        {
            return Problems.Unavailable.With("The log has no checkpoint yet.").ToHttp();
        }

        context.Response.Headers[HeaderNames.CacheControl] = Briefly;
        return Results.Text(note, TextType);
    }

    public IResult Tile(HttpContext context, string? path)
    {
        if (!TileAddress.TryParse("tile/" + path, out var address) || !IsPublished(address)
            || Read(address) is not { } bytes)
        {
            return Problems.NotFound.With("The published log has no such tile.").ToHttp();
        }

        // A partial tile of a given width never changes either: the log only grows.
        context.Response.Headers[HeaderNames.CacheControl] = Forever;
        return Results.Bytes(bytes, "application/octet-stream");
    }

    public IResult Key(HttpContext context)
    {
        NoteSigningKey? signer;
        try
        {
            signer = key.Find();
        }
        catch (LogRefusedException)
        {
            signer = null;
        }

        if (signer is null)
        {
            return Problems.Unavailable.With("The log has no usable key.").ToHttp();
        }

        context.Response.Headers[HeaderNames.CacheControl] = Briefly;
        return Results.Text(signer.Verifier + "\n", TextType);
    }

    private byte[]? Read(TileAddress address) =>
        address.Level == TileAddress.Entries ? folder.Read(address) : folder.ReadHashes(address);

    /// <summary>Files may run ahead of the checkpoint for a moment, or for good after a restore: those are not the log.</summary>
    private bool IsPublished(TileAddress address) =>
        SignedNote.TryParse(folder.ServedCheckpoint(), out var note)
        && Core.Transparency.Checkpoint.TryParse(note.Text, out var checkpoint)
        && address.Width <= TileLayout.AddressAt(address.Level, address.Index, checkpoint.Size).Width;
}
