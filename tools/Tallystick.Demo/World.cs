using Tallystick.Client;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;

namespace Tallystick.Demo;

/// <summary>Somebody in the story.</summary>
/// <param name="ShareBasisPoints">Of what the work earns; 0 for buyers.</param>
internal sealed record Actor(string Name, OrganisationId Id, TallyClient Client, int ShareBasisPoints);

/// <summary>What the steps hand on to each other.</summary>
internal sealed class World(Settings settings, Screen screen) : IDisposable
{
    public Settings Settings { get; } = settings;

    public Screen Screen { get; } = screen;

    public Simulator Stripe { get; } = new(settings.Stripe);

    public TallyClient Operator { get; } = new(settings.Server, settings.OperatorKey);

    public List<Actor> Creators { get; } = [];

    public Actor WalletBuyer { get; set; } = null!;

    public Actor OnceBuyer { get; set; } = null!;

    public IReadOnlyList<string> Shards { get; set; } = [];

    public WorkId Work { get; set; }

    public OfferView PerShard { get; set; } = null!;

    public OfferView PerMegabyte { get; set; } = null!;

    public OfferView Once { get; set; } = null!;

    public Money ToppedUp { get; set; }

    public Licence Training { get; set; } = null!;

    public Licence Bulk { get; set; } = null!;

    public Licence Bought { get; set; } = null!;

    public Licence Leaked { get; set; } = null!;

    /// <summary>Bytes that the buyers' side counted, by licence; only of answers that arrived whole.</summary>
    public Dictionary<LicenceId, long> Received { get; } = [];

    /// <summary>Bytes that may have been flushed without arriving, because a buyer hung up or was killed; by licence.</summary>
    public Dictionary<LicenceId, long> OnTheWayMost { get; } = [];

    /// <summary>How often a shard was used in a pass, by licence, as the buyers' side knows.</summary>
    public Dictionary<LicenceId, long> Uses { get; } = [];

    /// <summary>The newest delivery, as the gate named it.</summary>
    public RequestId LastRequest { get; set; }

    public string Accuracy { get; set; } = "";

    /// <summary>The log's checkpoint as it was early in the story.</summary>
    public string EarlyCheckpoint { get; set; } = "";

    public BillingRun Run { get; set; } = null!;

    /// <summary>What the run billed, shared and kept; set when the books were checked.</summary>
    public Books Books { get; set; } = null!;

    public IReadOnlyList<Payout> Payouts { get; set; } = [];

    public Actor Creator => Creators[0];

    public Uri WorkAtGate => new(Settings.Gate, $"w/{Work}/");

    public void Count(LicenceId licence, long bytes, long uses)
    {
        Received[licence] = Received.GetValueOrDefault(licence) + bytes;
        Uses[licence] = Uses.GetValueOrDefault(licence) + uses;
    }

    public void Dispose()
    {
        Stripe.Dispose();
        Operator.Dispose();
        foreach (var actor in Creators.Append(WalletBuyer).Append(OnceBuyer).Where(a => a is not null))
        {
            actor.Client.Dispose();
        }
    }
}

/// <summary>The story in money.</summary>
/// <param name="Earned">Per creator: share of this run, of it held back, and paid out.</param>
internal sealed record Books(
    Money CameIn, Money Billed, Money PlatformFee, Money GatewayFees, Money LeftInWallet, IReadOnlyList<Earning> Earned);

/// <summary>What one creator earned.</summary>
internal sealed record Earning(Actor Creator, StatementView Statement, Money HeldBack, Money Paid);
