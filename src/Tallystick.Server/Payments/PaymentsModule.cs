using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

internal static class PaymentsModule
{
    public static void AddPayments(this WebApplicationBuilder builder, CheckedOptions options)
    {
        var services = builder.Services;
        options.Add<PaymentsOptions>(services, "Payments");
        services.AddSingleton<KeyRefusals>();
        services.AddSingleton<StripeGateway>();
        services.AddSingleton<Checkouts>();
        services.AddSingleton<StartPurchase>();
        services.AddSingleton<ShowPurchase>();
        services.AddSingleton<StartTopUp>();
        services.AddSingleton<ShowWallet>();
        services.AddSingleton<RefundPurchase>();
        services.AddSingleton<WalletFunds>();
        services.AddSingleton(new WalletHold(DisputedTopUps.Held));
        services.AddSingleton<BuyerDebts>();
        services.AddSingleton<CollectDebts>();
        services.AddSingleton<IClosingCheck, EmptyWallet>();
        services.AddSingleton<WalletRefundPlan>();
        services.AddSingleton<TopUpLimits>();
        services.AddSingleton<WalletRefundParts>();
        services.AddSingleton<RefundWallet>();
        services.AddSingleton<SendWalletRefunds>();
        services.AddSingleton<PayoutAccount>();
        services.AddSetAsideKind(UnmatchedPayments.Kind);
        services.AddSingleton<UnmatchedPayments>();
        services.AddSetAsideKind(UncoveredRefunds.Kind);
        services.AddSingleton<UncoveredRefunds>();
        services.AddSingleton<SyncCheckout>();
        services.AddSingleton<TakeRefund>();
        services.AddSingleton<GiveBackLimits>();
        services.AddSingleton<RevocationRefunds>();
        services.AddSingleton<ContestedRefunds>();
        services.AddSingleton<RevocationRefundEnds>();
        services.AddSingleton<SyncRefunds>();
        services.AddSingleton<DisputeLosses>();
        services.AddSingleton<SyncDispute>();
        services.AddSingleton<SyncPayoutAccount>();
        services.AddSingleton<ReceiveWebhook>();
        services.AddSingleton<InboundWebhooks>();
        services.AddSingleton<ProcessInbound>();
        services.AddSingleton<SettleBalance>();
        services.AddSingleton<SweepCheckouts>();
        services.AddSingleton<SweepDisputes>();
        services.AddSingleton<SweptLists>();
        services.AddSingleton<SweepGateway>();
        services.AddSingleton<ForeignPayments>();
        services.AddSingleton<InboundSyncs>();
        services.AddSingleton<MovementCauses>();
        services.AddSingleton<BookMovements>();
        services.AddSingleton<CompareBalances>();
        services.AddSingleton<OpenPayoutAccount>();
        services.AddSingleton<IsolatedRows>();
        services.AddSingleton<GatewayFreshness>();
        foreach (var kind in PaymentCases.All)
        {
            services.AddSetAsideKind(kind);
        }

        services.AddSingleton<PayoutAccounts>();
        services.AddSingleton<Purchases>();
        services.AddSingleton<PaymentGauges>();
        services.AddGauges<PaymentGauges>((g, stop) => g.Read(stop));
        services.AddSingleton<ListPurchases>();
        services.AddSingleton<Transfers>();
        services.AddSingleton<DuePurchases>();
        services.AddWorker<ProcessInbound>(ProcessInbound.Worker, TimeSpan.FromSeconds(1), (w, stop) => w.Step(stop));
        services.AddWorker<SweepCheckouts>(SweepCheckouts.Worker, TimeSpan.FromSeconds(5), (w, stop) => w.Step(stop));
        services.AddWorker<SweepDisputes>(SweepDisputes.Worker, TimeSpan.FromSeconds(30), (w, stop) => w.Step(stop));
        services.AddWorker<SweepGateway>(SweepGateway.Worker, TimeSpan.FromSeconds(5), (w, stop) => w.Step(stop));
        services.AddWorker<BookMovements>(BookMovements.Worker, TimeSpan.FromSeconds(2), (w, stop) => w.Step(stop));
        services.AddWorker<CompareBalances>(CompareBalances.Worker, TimeSpan.FromSeconds(60), (w, stop) => w.Step(stop));
        services.AddWorker<SendWalletRefunds>(SendWalletRefunds.Worker, TimeSpan.FromSeconds(5), (w, stop) => w.Step(stop));
        services.AddWorker<CollectDebts>(CollectDebts.Worker, TimeSpan.FromSeconds(30), (w, stop) => w.Step(stop));
        services.AddWorker<SettleBalance>(SettleBalance.Worker, TimeSpan.FromSeconds(5), (w, stop) => w.Step(stop));
        services.AddWorker<SyncPayoutAccount>(
            SyncPayoutAccount.Worker, TimeSpan.FromSeconds(30), (w, stop) => w.Step(stop));
    }

    public static void MapPayments(this WebApplication app)
    {
        StartPurchase.Map(app);
        ShowPurchase.Map(app);
        ListPurchases.Map(app);
        RefundPurchase.Map(app);
        StartTopUp.Map(app);
        RefundWallet.Map(app);
        ShowWallet.Map(app);
        PayoutAccount.Map(app);
        ReceiveWebhook.Map(app);
        InboundWebhooks.Map(app);
        CompareBalances.Map(app);
    }
}
