using Microsoft.Extensions.ObjectPool;

namespace Tallystick.Gate.Metering;

/// <summary>
/// A few who wait for the same write. One pool thread tells them one after another, and each goes on there: a hop for
/// every one of them would cost more than its answer does. What follows a wait must therefore not block.
/// </summary>
internal sealed class WaiterGroup : IThreadPoolWorkItem
{
    /// <summary>So many that the hop is shared, so few that the last of them hardly waits.</summary>
    private const int Most = 16;

    private static readonly ObjectPool<WaiterGroup> Pool =
        new DefaultObjectPool<WaiterGroup>(new DefaultPooledObjectPolicy<WaiterGroup>(), maximumRetained: 256);

    private readonly DurableWaiter?[] _waiters = new DurableWaiter?[Most];
    private int _count;
    private Exception? _failure;

    public bool IsFull => _count == Most;

    public static WaiterGroup Rent() => Pool.Get();

    public void Add(DurableWaiter waiter) => _waiters[_count++] = waiter;

    /// <summary>Tells them from a pool thread; then this object belongs to someone else.</summary>
    /// <param name="failure">Why nothing is durable, or null when all is.</param>
    public void Release(Exception? failure)
    {
        _failure = failure;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        for (var i = 0; i < _count; i++)
        {
            _waiters[i]!.Complete(_failure);
            _waiters[i] = null;
        }

        (_count, _failure) = (0, null);
        Pool.Return(this);
    }
}
