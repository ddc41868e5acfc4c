namespace Tallystick.Server.Foundation;

/// <summary>
/// A body that states no length, ended where its route's limit is. The host counts what is on the wire, the marks between
/// chunks included, and would end such a body before the limit; what the route states is the content.
/// </summary>
internal sealed class BoundedBody(Stream body, long bytesMost) : Stream
{
    private long _left = bytesMost;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Counted(await body.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Counted(body.Read(buffer, offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Counted(int read)
    {
        _left -= read;
        return _left >= 0
            ? read
            : throw new BadHttpRequestException("The body is larger than this route accepts.", StatusCodes.Status413PayloadTooLarge);
    }
}
