using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>A body that is paid for as it arrives: one that breaks off costs what was sent, and none costs nothing.</summary>
internal sealed class BudgetedBody(Stream body, Budgets budgets, BudgetKind kind, string subject) : Stream
{
    /// <summary>Why no more is read, once the budget is spent.</summary>
    public Refusal? Spent { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(buffer, cancellationToken);
        Spent = budgets.Spend(kind, subject, read);
        return Spent is null ? read : throw new BadHttpRequestException(Spent.Detail, Spent.Type.Status);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
