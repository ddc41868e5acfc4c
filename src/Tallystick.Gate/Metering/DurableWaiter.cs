using System.Threading.Tasks.Sources;
using Microsoft.Extensions.ObjectPool;

namespace Tallystick.Gate.Metering;

/// <summary>Waits for records to be on disk. Pooled, so that a request allocates nothing to wait.</summary>
internal sealed class DurableWaiter : IValueTaskSource
{
    private static readonly ObjectPool<DurableWaiter> Pool =
        new DefaultObjectPool<DurableWaiter>(new DefaultPooledObjectPolicy<DurableWaiter>(), maximumRetained: 4_096);

    private ManualResetValueTaskSourceCore<bool> _core;

    public static DurableWaiter Rent() => Pool.Get();

    /// <summary>To be awaited once; then this object belongs to someone else.</summary>
    public ValueTask Durable => new(this, _core.Version);

    /// <summary>Goes on with what waits, on this thread: never the one that writes, see <see cref="WaiterGroup"/>.</summary>
    public void Complete(Exception? failure)
    {
        if (failure is null)
        {
            _core.SetResult(true);
        }
        else
        {
            _core.SetException(failure);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            Pool.Return(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
