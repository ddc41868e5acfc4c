using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payouts.Contracts;

namespace Tallystick.Server.Payouts;

internal static class PayoutsModule
{
    public static void AddPayouts(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<PayoutQueue>();
        services.AddSingleton<PayoutRecord>();
        services.AddSingleton<SendPayouts>();
        services.AddSingleton<ListPayouts>();
        services.AddSingleton<PayoutGauges>();
        services.AddGauges<PayoutGauges>((g, stop) => g.Read(stop));
        services.AddSingleton<MatchTransfers>();
        services.AddSingleton(new TransferMatch((provider, tx, moved) => provider.GetRequiredService<MatchTransfers>().Match(tx, moved)));
        services.AddSingleton(new UnsentPayouts(UnsentOf.Locked));
        foreach (var kind in PayoutCases.All)
        {
            services.AddSetAsideKind(kind);
        }

        services.AddEventHandler<PayoutAccountUpdated, WakeBlockedPayouts>();
        services.AddWorker<SendPayouts>(SendPayouts.Worker, TimeSpan.FromSeconds(2), (w, stop) => w.Step(stop));
    }

    public static void MapPayouts(this WebApplication app) => ListPayouts.Map(app);
}
