using System.Collections.Immutable;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>An entry of a ledger's state. Immutable: a change is a new record, so that ledgers can share them.</summary>
internal abstract record Entry(Hash256 Index)
{
    public Hash256 PreviousTxnId { get; init; }

    public uint PreviousTxnLedger { get; init; }

    public abstract string Type { get; }

    /// <summary>The type as a number of the serialised form.</summary>
    public abstract int TypeCode { get; }

    /// <summary>Tells every field that is present, in no order.</summary>
    public abstract void Tell(FieldTeller tell);

    /// <summary>Accounts whose history this entry belongs to, beside its own.</summary>
    public virtual IEnumerable<AccountId> Owners => [];
}

internal sealed record AccountRoot(Hash256 Index, AccountId Account) : Entry(Index)
{
    public const uint PasswordSpent = 0x0001_0000;
    public const uint RequireDestTag = 0x0002_0000;
    public const uint RequireAuth = 0x0004_0000;
    public const uint DisallowXrp = 0x0008_0000;
    public const uint DisableMaster = 0x0010_0000;
    public const uint NoFreeze = 0x0020_0000;
    public const uint GlobalFreeze = 0x0040_0000;
    public const uint DefaultRipple = 0x0080_0000;
    public const uint DepositAuth = 0x0100_0000;
    public const uint DisallowIncomingPayChan = 0x1000_0000;
    public const uint DisallowIncomingTrustLine = 0x2000_0000;
    public const uint AllowClawback = 0x8000_0000;

    public override string Type => "AccountRoot";

    public override int TypeCode => 0x61;

    public long Balance { get; init; }

    public uint Sequence { get; init; }

    public uint Flags { get; init; }

    public uint OwnerCount { get; init; }

    public uint TicketCount { get; init; }

    public AccountId? RegularKey { get; init; }

    public uint? TransferRate { get; init; }

    public string? Domain { get; init; }

    public string? EmailHash { get; init; }

    public string? MessageKey { get; init; }

    public uint? TickSize { get; init; }

    /// <summary>The last transaction of the account; zero when none was applied since it was asked for, null when it was
    /// not.</summary>
    public Hash256? AccountTxnId { get; init; }

    public Hash256? WalletLocator { get; init; }

    public AccountId? NFTokenMinter { get; init; }

    public bool Has(uint flag) => (Flags & flag) != 0;

    public override void Tell(FieldTeller tell)
    {
        if (EmailHash is not null) tell.Hash128("EmailHash", 1, EmailHash);
        tell.UInt32("Flags", 2, Flags);
        tell.UInt32("Sequence", 4, Sequence);
        if (TransferRate is { } rate) tell.UInt32("TransferRate", 11, rate);
        tell.UInt32("OwnerCount", 13, OwnerCount);
        if (TicketCount != 0) tell.UInt32("TicketCount", 40, TicketCount);
        if (WalletLocator is { } locator) tell.Hash("WalletLocator", 7, locator);
        if (AccountTxnId is { } last) tell.Hash("AccountTxnID", 9, last);
        tell.Xrp("Balance", 2, Balance);
        if (MessageKey is not null) tell.Blob("MessageKey", 2, MessageKey);
        if (Domain is not null) tell.Blob("Domain", 7, Domain);
        tell.Account("Account", 1, Account);
        if (RegularKey is { } key) tell.Account("RegularKey", 8, key);
        if (NFTokenMinter is { } minter) tell.Account("NFTokenMinter", 9, minter);
        if (TickSize is { } tick) tell.UInt8("TickSize", 16, tick);
    }
}

internal sealed record PayChannel(Hash256 Index, AccountId Account, AccountId Destination) : Entry(Index)
{
    public override string Type => "PayChannel";

    public override int TypeCode => 0x78;

    public long Amount { get; init; }

    public long Balance { get; init; }

    public required string PublicKey { get; init; }

    public uint SettleDelay { get; init; }

    public uint Sequence { get; init; }

    public uint? Expiration { get; init; }

    public uint? CancelAfter { get; init; }

    public uint? SourceTag { get; init; }

    public uint? DestinationTag { get; init; }

    public override IEnumerable<AccountId> Owners => [Account, Destination];

    public override void Tell(FieldTeller tell)
    {
        tell.Account("Account", 1, Account);
        tell.Account("Destination", 3, Destination);
        tell.Xrp("Amount", 1, Amount);
        tell.Xrp("Balance", 2, Balance);
        tell.Blob("PublicKey", 1, PublicKey);
        tell.UInt32("SettleDelay", 39, SettleDelay);
        tell.UInt32("Sequence", 4, Sequence);
        tell.UInt32("Flags", 2, 0);
        tell.UInt64("OwnerNode", 4, 0);
        tell.UInt64("DestinationNode", 9, 0);
        if (Expiration is { } expiration) tell.UInt32("Expiration", 10, expiration);
        if (CancelAfter is { } cancel) tell.UInt32("CancelAfter", 36, cancel);
        if (SourceTag is { } from) tell.UInt32("SourceTag", 3, from);
        if (DestinationTag is { } to) tell.UInt32("DestinationTag", 14, to);
    }
}

/// <summary>A trust line. The balance is what the low account owns of the high one's issue; negative the other way
/// round.</summary>
internal sealed record TrustLine(Hash256 Index, Currency Currency, AccountId Low, AccountId High) : Entry(Index)
{
    public const uint LowReserve = 0x0001_0000;
    public const uint HighReserve = 0x0002_0000;
    public const uint LowAuth = 0x0004_0000;
    public const uint HighAuth = 0x0008_0000;
    public const uint LowNoRipple = 0x0010_0000;
    public const uint HighNoRipple = 0x0020_0000;
    public const uint LowFreeze = 0x0040_0000;
    public const uint HighFreeze = 0x0080_0000;
    public const uint LowDeepFreeze = 0x0200_0000;
    public const uint HighDeepFreeze = 0x0400_0000;

    /// <summary>The issuer that rippled writes into a trust line's balance (ACCOUNT_ONE): it means nothing.</summary>
    public static readonly AccountId NoOne = AccountId.Parse("rrrrrrrrrrrrrrrrrrrrBZbvji");

    public override string Type => "RippleState";

    public override int TypeCode => 0x72;

    public Iou Balance { get; init; }

    public Iou LowLimit { get; init; }

    public Iou HighLimit { get; init; }

    public uint Flags { get; init; }

    public uint? LowQualityIn { get; init; }

    public uint? LowQualityOut { get; init; }

    public uint? HighQualityIn { get; init; }

    public uint? HighQualityOut { get; init; }

    public override IEnumerable<AccountId> Owners => [Low, High];

    /// <summary>What an account owns on this line; negative: what it owes.</summary>
    public Iou BalanceOf(AccountId account) => account == Low ? Balance : -Balance;

    public Iou LimitOf(AccountId account) => account == Low ? LowLimit : HighLimit;

    public AccountId Peer(AccountId account) => account == Low ? High : Low;

    public override void Tell(FieldTeller tell)
    {
        tell.Issued("Balance", 2, Amount.Issued(Balance, Currency, NoOne));
        tell.Issued("LowLimit", 6, Amount.Issued(LowLimit, Currency, Low));
        tell.Issued("HighLimit", 7, Amount.Issued(HighLimit, Currency, High));
        tell.UInt32("Flags", 2, Flags);
        tell.UInt64("LowNode", 7, 0);
        tell.UInt64("HighNode", 8, 0);
        if (LowQualityIn is { } lowIn) tell.UInt32("LowQualityIn", 18, lowIn);
        if (LowQualityOut is { } lowOut) tell.UInt32("LowQualityOut", 19, lowOut);
        if (HighQualityIn is { } highIn) tell.UInt32("HighQualityIn", 16, highIn);
        if (HighQualityOut is { } highOut) tell.UInt32("HighQualityOut", 17, highOut);
    }
}

internal sealed record Ticket(Hash256 Index, AccountId Account, uint TicketSequence) : Entry(Index)
{
    public override string Type => "Ticket";

    public override int TypeCode => 0x54;

    public override IEnumerable<AccountId> Owners => [Account];

    public override void Tell(FieldTeller tell)
    {
        tell.Account("Account", 1, Account);
        tell.UInt32("Flags", 2, 0);
        tell.UInt64("OwnerNode", 4, 0);
        tell.UInt32("TicketSequence", 41, TicketSequence);
    }
}

/// <summary>What an account owns or is the destination of. One page however long; rippled splits after 32, which no
/// answer that we give shows.</summary>
internal sealed record OwnerDirectory(Hash256 Index, AccountId Owner) : Entry(Index)
{
    public override string Type => "DirectoryNode";

    public override int TypeCode => 0x64;

    public ImmutableSortedSet<Hash256> Entries { get; init; } = [];

    public override void Tell(FieldTeller tell)
    {
        tell.UInt32("Flags", 2, 0);
        tell.Account("Owner", 2, Owner);
        tell.Hash("RootIndex", 8, Index, always: true);
    }
}
