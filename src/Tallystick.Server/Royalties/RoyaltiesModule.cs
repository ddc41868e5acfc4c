using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payouts.Contracts;
using Tallystick.Server.Royalties.Contracts;

namespace Tallystick.Server.Royalties;

internal static class RoyaltiesModule
{
    public static void AddRoyalties(this WebApplicationBuilder builder, CheckedOptions options)
    {
        var services = builder.Services;
        options.Add<RoyaltiesOptions>(services, "Royalties");
        services.AddSingleton<RoyaltyRules>();
        services.AddSingleton<PayeeConsents>();
        services.AddSingleton<AnswerInvitations>();
        services.AddSingleton<PayoutMinimums>();
        services.AddSingleton<QueueOwed>();
        services.AddSingleton<AskForPayout>();
        services.AddSingleton<BillingRuns>();
        services.AddSingleton<RunBilling>();
        services.AddSingleton<IRunStep, CountUsage>();
        services.AddSingleton<IRunStep, CollectOwed>();
        services.AddSingleton<IRunStep, ChargeUsage>();
        services.AddSingleton<IRunStep, EndCarries>();
        services.AddSingleton<IRunStep, SharePurchases>();
        services.AddSingleton<IRunStep, IssueStatements>();
        services.AddSingleton<IRunStep, PayPayees>();
        services.AddSingleton<HoldbackReleases>();
        services.AddSingleton<LeftOut>();
        services.AddSingleton<WalletDraws>();
        services.AddSingleton<ChargeRows>();
        services.AddSingleton<CloseRun>();
        services.AddSingleton<Statements>();
        services.AddSingleton<RunGauges>();
        services.AddGauges<RunGauges>((g, stop) => g.Read(stop));
        services.AddSingleton<StatementReader>();
        services.AddSingleton<TracePayout>();
        services.AddSingleton<TraceReaders>();
        services.AddSingleton<TraceRequest>();
        services.AddSingleton<BilledUsage>();
        services.AddSingleton(RoyaltyChecks.SharesMakeTheCharge);
        services.AddSingleton(RoyaltyChecks.ClosedRunsAreEarned);
        services.AddSingleton(RoyaltyChecks.PartsAreWithinAUnit);
        services.AddSingleton(RoyaltyChecks.RoundingIsTheRemainders);
        foreach (var kind in LeftOut.Kinds)
        {
            services.AddSetAsideKind(kind);
        }

        services.AddSingleton(new WalletHold(WalletDraws.Held));
        services.AddEventHandler<LicenceGranted, LearnLicence>();
        services.AddSingleton<PayeeAccounts>();
        services.AddSingleton<SaleLosses>();
        services.AddSingleton<TopUpLosses>();
        services.AddSingleton(p => new SharedSales(
            SaleShares.HeldBack, p.GetRequiredService<PayeeAccounts>().PutRight, p.GetRequiredService<SaleLosses>().Bear,
            p.GetRequiredService<TopUpLosses>().Reach, p.GetRequiredService<TopUpLosses>().LetGo));
        services.AddSingleton<BearDispute>();
        services.AddEventHandler<DisputeClosed, BearLostDispute>();
        services.AddEventHandler<DisputeOpened, BearReopenedDispute>();
        services.AddEventHandler<PayoutReversed, OweAgain>();
        services.AddEventHandler<OrganisationClosed, PayClosed>();
        services.AddSingleton<IClosingCheck, PayableArrives>();
        services.AddWorker<RunBilling>(RunBilling.Worker, TimeSpan.FromSeconds(2), (w, stop) => w.Step(stop));
    }

    public static void MapRoyalties(this WebApplication app)
    {
        RoyaltyRules.Map(app);
        AnswerInvitations.Map(app);
        PayoutMinimums.Map(app);
        AskForPayout.Map(app);
        BillingRuns.Map(app);
        Statements.Map(app);
        TracePayout.Map(app);
        TraceRequest.Map(app);
    }
}
