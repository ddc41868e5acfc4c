using Tallystick.Core.Ids;

namespace Tallystick.Hosting;

/// <summary>Makes new ids: UUID version 7 (RFC 9562), so that ids made later sort later.</summary>
public sealed class IdSource(TimeProvider clock)
{
    /// <summary>The instant that a new row and its id carry.</summary>
    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>A new id that was never used.</summary>
    public T New<T>()
        where T : struct, ITypedId<T> => T.From(Guid.CreateVersion7(clock.GetUtcNow()));
}
