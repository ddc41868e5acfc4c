using System.Buffers.Binary;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>A transaction in a closed ledger.</summary>
internal sealed record ClosedTx(Tx Tx, Metadata Meta, uint LedgerIndex);

/// <summary>A closed ledger. Closed is validated here: the network is one mind, unless it is told to fork.</summary>
internal sealed record ClosedLedger
{
    public required uint Index { get; init; }

    public required Hash256 ParentHash { get; init; }

    public required Hash256 TransactionHash { get; init; }

    /// <summary>Commits to the state by way of its changes. Not rippled's tree over the whole state, which would cost
    /// more than everything else and which nothing checks.</summary>
    public required Hash256 AccountHash { get; init; }

    public required uint CloseTime { get; init; }

    public required uint ParentCloseTime { get; init; }

    public required long TotalCoins { get; init; }

    public required ClosedState State { get; init; }

    public required IReadOnlyList<ClosedTx> Transactions { get; init; }

    public const int Resolution = 10;

    private Hash256? _hash;

    /// <summary>The hash of the header, as rippled computes it.</summary>
    public Hash256 Hash => _hash ??= ComputeHash();

    /// <summary>The header in binary.</summary>
    public byte[] HeaderBytes()
    {
        var text = new byte[4 + 8 + 32 * 3 + 4 + 4 + 1 + 1];
        BinaryPrimitives.WriteUInt32BigEndian(text, Index);
        BinaryPrimitives.WriteInt64BigEndian(text.AsSpan(4), TotalCoins);
        ParentHash.CopyTo(text.AsSpan(12));
        TransactionHash.CopyTo(text.AsSpan(44));
        AccountHash.CopyTo(text.AsSpan(76));
        BinaryPrimitives.WriteUInt32BigEndian(text.AsSpan(108), ParentCloseTime);
        BinaryPrimitives.WriteUInt32BigEndian(text.AsSpan(112), CloseTime);
        text[116] = Resolution;
        return text;
    }

    private Hash256 ComputeHash() => Hashing.Prefixed("LWR\0"u8, HeaderBytes());
}
