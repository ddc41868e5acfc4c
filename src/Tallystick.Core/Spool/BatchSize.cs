namespace Tallystick.Core.Spool;

/// <summary>
/// How many events a gate sends at once. What is between it and the server may take less than both agreed on, and only a
/// refusal tells: so a batch that is refused is halved, down to one event, and grows again with each that is taken.
/// </summary>
public sealed class BatchSize
{
    private readonly int _most;

    /// <summary>Begins with the most.</summary>
    public BatchSize(int most)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        (_most, Events) = (most, most);
    }

    /// <summary>At most so many events go into the next batch.</summary>
    public int Events { get; private set; }

    /// <summary>A batch of so many events was refused: half of it may pass, and in one of the halves the cause is alone sooner.</summary>
    public void Refused(int sent) => Events = Math.Clamp(sent / 2, 1, _most);

    /// <summary>A batch was taken.</summary>
    public void Taken() => Events = (int)Math.Min(_most, Events * 2L);
}
