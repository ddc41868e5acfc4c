using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>When it is heard that banks and the gateway's own dashboard took money back.</summary>
internal enum BadNews
{
    /// <summary>Whenever, any of it before any other, more than once.</summary>
    AnyTime,

    /// <summary>Just before the next run.</summary>
    BeforeRuns,

    /// <summary>Just after the next run.</summary>
    AfterRuns,
}

/// <summary>How a seed is played. The same seed gives the same deeds of each tenant in every play.</summary>
internal sealed record Play(int Seed, BadNews News = BadNews.AnyTime, bool HasCrowd = true, bool SellsOnce = true);

/// <summary>A marketplace in memory: the real decisions and postings, everything else a model.</summary>
internal sealed class MoneyWorld
{
    /// <summary>Of one play; a run every twelfth, so that a seed has six periods.</summary>
    public const int Steps = 72;
    public const int StepsOfAPeriod = 12;

    public static readonly Currency Usd = Currency.Usd;

    private readonly Random _time;
    private int _ids;

    public MoneyWorld(Play play)
    {
        Play = play;
        _time = new Random(play.Seed);
        Gateway = new SimulatedGateway(this);
        Disputes = new SimulatedDisputes(this);
        Sales = new SimulatedSales(this);
        Payouts = new SimulatedPayouts(this, new Random(play.Seed ^ 0x5A5A));
        // Who stands aside comes first, so that the crowd changes nothing of their ids.
        Bystander = new Tenant(this, new Random(play.Seed * 31), first: 1, buyers: 1, creators: 1);
        Tenants = play.HasCrowd
            ? [Bystander, new Tenant(this, new Random((play.Seed * 31) + 7), first: 100, buyers: 2, creators: 2)]
            : [Bystander];
        Runs = new SimulatedRuns(this, new Random(play.Seed ^ 0x1234));
    }

    public Play Play { get; }

    public DateTimeOffset Now { get; private set; } = DateTimeOffset.UnixEpoch;

    public SimulatedBooks Books { get; } = new();

    public SimulatedGateway Gateway { get; }

    public SimulatedDisputes Disputes { get; }

    public SimulatedSales Sales { get; }

    public SimulatedRuns Runs { get; }

    public SimulatedPayouts Payouts { get; }

    public ExactShares Exact { get; } = new();

    public Tenant Bystander { get; }

    public IReadOnlyList<Tenant> Tenants { get; }

    public IEnumerable<Payment> Payments => Tenants.SelectMany(t => t.Payments);

    public IEnumerable<OrganisationId> Payees => Tenants.SelectMany(t => t.Creators).SelectMany(c => c.Payees).Distinct();

    public Guid NewId() => new(++_ids, 7, 7, new byte[8]);

    public void Step(int step)
    {
        Now += TimeSpan.FromMinutes(_time.Next(30, 300));
        foreach (var tenant in Tenants)
        {
            tenant.Step();
        }

        Payouts.Step();
        if (step % StepsOfAPeriod == StepsOfAPeriod - 1)
        {
            if (Play.News == BadNews.BeforeRuns)
            {
                Quiet();
            }

            Runs.Run();
            // In a play of any time some periods end without a rest.
            if (Play.News != BadNews.AnyTime || step % (2 * StepsOfAPeriod) == StepsOfAPeriod - 1)
            {
                Quiet();
                MoneyChecks.WhenQuiet(this);
            }
        }

        // What is cheap is checked with every posting; this, which looks at everybody, every third step.
        if (step % 3 == 0)
        {
            MoneyChecks.Always(this);
        }
    }

    /// <summary>Everything that is known anywhere is heard, and nothing is on its way.</summary>
    public void Quiet()
    {
        foreach (var tenant in Tenants)
        {
            tenant.HearAll();
        }

        Payouts.AskAll();
    }

    /// <summary>Banks decide for us, everything arrives, and everything that is owed is paid.</summary>
    public void End()
    {
        foreach (var tenant in Tenants)
        {
            tenant.Gates.UploadAll();
            tenant.EndLicences();
        }

        Gateway.DecideOpen();
        Now += TimeSpan.FromDays(1);
        Quiet();
        Runs.Run();
        Quiet();
        Outcome = MoneyChecks.OutcomeOf(this);
        Gateway.WinAll();
        Quiet();
        // Holdbacks of every charge run out, and money comes in for everything that is owed.
        for (var period = 0; period < 3; period++)
        {
            Now += TimeSpan.FromDays(10);
            Runs.Run();
            Quiet();
        }

        Gateway.PutIn(10_000_000);
        Payouts.Finish(() => Now += TimeSpan.FromHours(3));
        Quiet();
        MoneyChecks.WhenQuiet(this);
        MoneyChecks.AtTheEnd(this);
    }

    /// <summary>As it stood before the banks decided for us.</summary>
    public Outcome Outcome { get; private set; } = Outcome.Nothing;
}
