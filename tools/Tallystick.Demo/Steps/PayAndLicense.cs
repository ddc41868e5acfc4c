using Tallystick.Client;
using Tallystick.Core.Amounts;

namespace Tallystick.Demo.Steps;

/// <summary>One buyer tops a wallet up, the other pays once; both get their licences.</summary>
internal static class PayAndLicense
{
    /// <summary>
    /// More than the story costs: a gate leases uses ahead, so that it can deliver while the server is away, and what it
    /// has leased for one licence is not there for another until it gives it back.
    /// </summary>
    private static readonly Money ToppedUp = new(6_000, Currency.Usd);

    public static async Task Run(World world, CancellationToken stop)
    {
        await TopUp(world, ToppedUp, stop);
        world.Training = await world.WalletBuyer.Client.GetLicence(world.PerShard.OfferId, stop);
        world.Bulk = await world.WalletBuyer.Client.GetLicence(world.PerMegabyte.OfferId, stop);
        world.Leaked = await world.WalletBuyer.Client.GetLicence(world.PerShard.OfferId, stop);
        world.Bought = await BuyOnce(world, stop);
        world.EarlyCheckpoint = await Patience.For(
            "a checkpoint of the log", world.Operator.LogCheckpoint, note => note.Length > 0, stop);
    }

    private static async Task TopUp(World world, Money amount, CancellationToken stop)
    {
        world.Screen.Doing("topping up by card");
        var buyer = world.WalletBuyer.Client;
        var topUp = await buyer.StartTopUp(amount, "demo-top-up", stop);
        var again = await buyer.StartTopUp(amount, "demo-top-up", stop);
        world.Screen.Check(
            "Asking twice with one key opens one checkout", again.TopUpId == topUp.TopUpId, topUp.TopUpId.ToString());
        await world.Stripe.Pay(topUp.CheckoutUrl!, stop);
        var wallet = await Patience.For(
            "the top-up", t => buyer.Wallet(Currency.Usd, t), w => w.Balance.Minor >= amount.Minor, stop);
        world.ToppedUp = amount;
        world.Screen.Check("The wallet holds what the card paid", wallet.Balance == amount, $"{wallet.Balance}");
    }

    private static async Task<Licence> BuyOnce(World world, CancellationToken stop)
    {
        world.Screen.Doing("buying a one-off licence by card");
        var buyer = world.OnceBuyer.Client;
        var purchase = await buyer.StartPurchase(world.Once.OfferId, "demo-purchase", stop);
        await world.Stripe.Pay(purchase.CheckoutUrl!, stop);
        var licence = (await Patience.For(
            "the licence", t => buyer.LicenceOf(purchase.PurchaseId, t), l => l is not null, stop))!;
        world.Screen.Check(
            "A payment brings its licence", licence.Status == "valid" && licence.WorkId == world.Work,
            $"{purchase.Price} paid, {licence.LicenceId}");
        return licence;
    }
}
