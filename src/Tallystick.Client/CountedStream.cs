namespace Tallystick.Client;

/// <summary>
/// A part of a file as it is sent: says how far it is, and is exactly as long as was announced. A file that fails or became
/// shorter is told as what it is (<see cref="LocalFileException"/>).
/// </summary>
internal sealed class CountedStream(FileStream inner, long end, Action<long> at) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => inner.Position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var most = (int)Math.Min(buffer.Length, end - inner.Position);
        if (most == 0)
        {
            return 0;
        }

        int read;
        try
        {
            read = await inner.ReadAsync(buffer[..most], cancellationToken);
        }
        catch (IOException failure)
        {
            throw new LocalFileException($"{inner.Name} cannot be read: {failure.Message}", failure);
        }

        if (read == 0)
        {
            throw new LocalFileException($"{inner.Name} became shorter while it was sent.");
        }

        at(inner.Position);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Requests are sent asynchronously.
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
