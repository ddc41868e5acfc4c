using System.Buffers.Binary;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>Where entries stand in a ledger: SHA-512Half of a space and what names the entry.</summary>
internal static class Keylets
{
    public static Hash256 Account(AccountId account) => Of('a', account, [], 0, 0);

    public static Hash256 OwnerDirectory(AccountId account) => Of('O', account, [], 0, 0);

    public static Hash256 Ticket(AccountId account, uint ticket) => Of('T', account, [], ticket, 4);

    public static Hash256 Channel(AccountId source, AccountId destination, uint sequence)
    {
        Span<byte> tail = stackalloc byte[20];
        destination.CopyTo(tail);
        return Of('x', source, tail, sequence, 4);
    }

    public static Hash256 TrustLine(AccountId low, AccountId high, Currency currency)
    {
        Span<byte> tail = stackalloc byte[40];
        high.CopyTo(tail);
        currency.Write(tail[20..]);
        return Of('r', low, tail, 0, 0);
    }

    private static Hash256 Of(char space, AccountId first, ReadOnlySpan<byte> tail, uint number, int numberBytes)
    {
        Span<byte> text = stackalloc byte[2 + 20 + 40 + 4];
        text[0] = 0;
        text[1] = (byte)space;
        first.CopyTo(text[2..]);
        tail.CopyTo(text[22..]);
        var length = 22 + tail.Length;
        if (numberBytes > 0) BinaryPrimitives.WriteUInt32BigEndian(text[length..], number);
        return Hashing.Half(text[..(length + numberBytes)]);
    }
}
