using System.Net;

namespace Tallystick.Client;

/// <summary>
/// A body that is watched while it moves. An answer of any length is fine as long as it keeps coming: every read has
/// its own time, so a connection whose other end is gone ends the call and does not hang it.
/// </summary>
internal sealed class WatchedAnswer : HttpContent
{
    private readonly HttpContent _inner;
    private readonly TimeSpan _idleMost;
    private readonly TimeProvider _clock;

    public WatchedAnswer(HttpContent inner, TimeSpan idleMost, TimeProvider clock)
    {
        (_inner, _idleMost, _clock) = (inner, idleMost, clock);
        WatchedRequest.Copy(inner, this);
    }

    protected override async Task<Stream> CreateContentReadStreamAsync() =>
        new IdleStream(await _inner.ReadAsStreamAsync(), _idleMost, _clock);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using var source = new IdleStream(await _inner.ReadAsStreamAsync(cancellationToken), _idleMost, _clock);
        await source.CopyToAsync(stream, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>A body that is sent; says so whenever a part of it was taken.</summary>
internal sealed class WatchedRequest : HttpContent
{
    private const int BufferBytes = 128 * 1024;

    private readonly HttpContent _inner;
    private readonly Action _taken;

    public WatchedRequest(HttpContent inner, Action taken)
    {
        (_inner, _taken) = (inner, taken);
        Copy(inner, this);
    }

    internal static void Copy(HttpContent from, HttpContent to)
    {
        foreach (var (name, values) in from.Headers.NonValidated)
        {
            to.Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using var source = await _inner.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[BufferBytes];
        for (int read; (read = await source.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            _taken();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
