using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Leases;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;
using static Tallystick.Server.Tests.Payouts.Simulation.MoneyWorld;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>Somebody who sells: every version of the rule of their works, oldest first.</summary>
internal sealed class Creator(OrganisationId id, OrganisationId[] payees)
{
    private readonly List<(DateTimeOffset From, RoyaltyRule Rule, FlatSplit Split)> _rules = [];

    public OrganisationId Id => id;

    public OrganisationId[] Payees => payees;

    public RoyaltyRule Rule(int version) => _rules[version].Rule;

    public FlatSplit Split(int version) => _rules[version].Split;

    public int VersionAt(DateTimeOffset at) => Math.Max(0, _rules.FindLastIndex(r => r.From <= at));

    public void Say(RoyaltyRule rule, DateTimeOffset from) => _rules.Add((from, rule, RuleCheck.Flatten(rule)));
}

/// <summary>A licence to use by a meter, and what gates were granted under it.</summary>
internal sealed class Licence(LicenceId id, OrganisationId buyer, Creator creator, Price price, int fee)
{
    public LicenceId Id => id;

    public OrganisationId Buyer => buyer;

    public Creator Creator => creator;

    public Price Price => price;

    public int FeeBasisPoints => fee;

    public CarryKey Key => new(buyer, creator.Id, price);

    public LicenceCredit Credit { get; set; } = new(0, 0, price, null);

    public bool HasEnded { get; set; }
}

internal readonly record struct CarryKey(OrganisationId Buyer, OrganisationId Creator, Price Price);

/// <summary>What rounding left, and whose rule and fee share it when it ends.</summary>
internal sealed record Carry(ExactAmount Left, Licence Licence, int RuleVersion)
{
    public long Held => Math.Max(0, Left.Ceiling());
}

/// <summary>What was used and was not in the wallet.</summary>
internal sealed record Uncollected(int Id, Licence Licence, int RuleVersion, long Minor);

/// <summary>A top-up or a purchase: as the gateway has it, and as we know it.</summary>
internal sealed class Payment(Guid id, OrganisationId buyer, Creator? creator, long gross, int fee, DateTimeOffset paidAt)
{
    public Guid Id => id;

    public OrganisationId Buyer => buyer;

    /// <summary>Null for a top-up.</summary>
    public Creator? Creator => creator;

    public bool IsPurchase => creator is not null;

    public long Gross => gross;

    public long GatewayFee => (gross * 29 / 1_000) + 30;

    public int FeeBasisPoints => fee;

    public DateTimeOffset PaidAt => paidAt;

    public DateTimeOffset RefundUntil => paidAt.AddHours(12);

    public LedgerAccount Holding => IsPurchase
        ? LedgerAccount.Deferred(new PurchaseId(id), Usd)
        : LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, Usd);

    // At the gateway.
    public bool IsAvailable { get; set; }

    public List<Refund> Refunds { get; } = [];

    public Dispute? Dispute { get; set; }

    public long RefundedAtGateway => Refunds.Where(r => !r.HasReturned).Sum(r => r.Minor);

    // Here.
    public bool IsKnown { get; set; }

    public bool IsSettled { get; set; }

    public long Refunded { get; set; }

    public long Disputed { get; set; }

    public long Lost { get; set; }

    public long Funded { get; set; }

    /// <summary>Asked for here: no run takes it until it is known what became of that.</summary>
    public bool IsRefundAsked { get; set; }

    /// <summary>Its creator took it back.</summary>
    public bool IsRevoked { get; set; }

    public int? SharedIn { get; set; }

    public List<ChargeSplit> Charges { get; } = [];
}

/// <summary>Money that went back.</summary>
internal sealed class Refund(string id, long minor, bool isOurs)
{
    public string Id => id;

    public long Minor => minor;

    /// <summary>Asked for here: it had left the wallet before. Else it was made in the gateway's own dashboard.</summary>
    public bool IsOurs => isOurs;

    public bool IsBooked { get; set; }

    /// <summary>What of it nothing covered, and nobody has decided about.</summary>
    public long Lies { get; set; }

    public bool HasReturned { get; set; }

    public bool ReturnIsBooked { get; set; }
}

/// <summary>A part of a wallet refund, on its way to the gateway.</summary>
internal sealed record RefundPart(string Id, Payment Payment, long Minor);

internal enum Decision
{
    None,
    Open,
    Won,
    Lost,
}

/// <summary>A dispute as the gateway has it, and as we know it.</summary>
internal sealed class Dispute(string id, long amount)
{
    public string Id => id;

    public long Amount => amount;

    public Decision Decision { get; set; } = Decision.Open;

    public List<(string Id, long Minor, long Fee)> Movements { get; } = [];

    public Decision Known { get; set; }

    public int Losses { get; set; }

    public long Uncovered { get; set; }

    public bool MustBeHandled { get; set; }
}

/// <summary>A payout and its attempts.</summary>
internal sealed class Payout(PayoutId id, OrganisationId payee, long minor)
{
    public PayoutId Id => id;

    public OrganisationId Payee => payee;

    public long Minor { get; set; } = minor;

    public PayoutState State { get; set; }

    public int Attempt { get; set; } = 1;

    public DateTimeOffset? FirstSent { get; set; }

    public string? Destination { get; set; }
}
