using System.Buffers.Binary;

namespace Tallystick.Xrpl;

/// <summary>The name of a payment channel's ledger entry.</summary>
public static class ChannelId
{
    private const ushort PayChannelSpace = 0x0078;

    /// <summary>
    /// SHA512Half(0x0078 ‖ account ‖ destination ‖ sequence of the PaymentChannelCreate, or its ticket).
    /// https://xrpl.org/docs/references/protocol/ledger-data/ledger-entry-types/paychannel#paychannel-id-format
    /// </summary>
    public static Hash256 Of(AccountId account, AccountId destination, uint sequence)
    {
        Span<byte> input = stackalloc byte[2 + (2 * AccountId.Bytes) + 4];
        BinaryPrimitives.WriteUInt16BigEndian(input, PayChannelSpace);
        account.CopyTo(input[2..]);
        destination.CopyTo(input[(2 + AccountId.Bytes)..]);
        BinaryPrimitives.WriteUInt32BigEndian(input[(2 + (2 * AccountId.Bytes))..], sequence);
        return Hash256.Of(input);
    }
}
