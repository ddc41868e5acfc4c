namespace Tallystick.Core.Royalties;

/// <summary>A part of a charge that a top-up paid for.</summary>
public readonly record struct FundedPart(Guid TopUp, long Minor);

/// <summary>
/// A buyer's top-ups in the order in which they were paid: charges use up the oldest first, so that which top-up paid for
/// which share does not depend on when a run is made or a dispute is heard of.
/// </summary>
public sealed class TopUpQueue
{
    private readonly Queue<FundedPart> _left;

    /// <param name="topUps">Oldest first: what each brought and no longer can be given back, less what it has paid for.</param>
    public TopUpQueue(IEnumerable<FundedPart> topUps) => _left = new(topUps.Where(t => t.Minor > 0));

    /// <summary>Which top-ups pay for a charge. Less than the charge when the wallet got money in another way.</summary>
    public IReadOnlyList<FundedPart> Take(long minor)
    {
        var parts = new List<FundedPart>();
        while (minor > 0 && _left.TryPeek(out var oldest))
        {
            var part = Math.Min(minor, oldest.Minor - _takenOfOldest);
            parts.Add(new FundedPart(oldest.TopUp, part));
            minor -= part;
            _takenOfOldest += part;
            if (_takenOfOldest == oldest.Minor)
            {
                _left.Dequeue();
                _takenOfOldest = 0;
            }
        }

        return parts;
    }

    private long _takenOfOldest;
}
