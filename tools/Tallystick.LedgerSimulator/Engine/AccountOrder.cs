namespace Tallystick.LedgerSimulator.Engine;

/// <summary>The order of accounts: by their 160 bits. Trust lines call the lower one "low".</summary>
internal static class AccountOrder
{
    public static bool IsBelow(this AccountId a, AccountId b)
    {
        Span<byte> left = stackalloc byte[20], right = stackalloc byte[20];
        a.CopyTo(left);
        b.CopyTo(right);
        return left.SequenceCompareTo(right) < 0;
    }
}
