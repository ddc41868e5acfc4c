using System.CommandLine;
using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Cli.Commands;

/// <summary>Paying: <c>buy</c>, <c>refund</c>, <c>top-up</c>, <c>wallet</c>, <c>payout-account</c>.</summary>
internal static class BuyCommands
{
    /// <summary>As long as a checkout of the payment provider lives.</summary>
    private static readonly TimeSpan PaymentWithin = TimeSpan.FromHours(24);

    public static Command Buy()
    {
        var offer = Define.Argument("OFFER", "Id of the offer.");
        var wait = Define.Option<bool>("--wait", "Wait until it is paid and the licence is there.");
        var to = Define.Option<string?>("--out", "Write the licence token to this file (waits too).");
        return Define.Command(
            "buy", "Buy a licence. A price paid once is paid in the browser, at the address printed; " +
                "one paid per use needs a wallet and is granted at once.",
            "tally buy off_01jd… --wait --out licence.jwt", [offer, wait, to],
            async call =>
            {
                using var tally = call.Open();
                var terms = await tally.Offer(Call.Id<OfferId>(call.Get(offer), "offer"), call.Stop);
                if (!terms.Price.IsPurchase)
                {
                    await Hand(call, await tally.GetLicence(terms.OfferId, call.Stop), call.Get(to));
                    return 0;
                }

                var purchase = await tally.StartPurchase(terms.OfferId, NewKey(), call.Stop);
                if (!call.Get(wait) && call.Get(to) is null)
                {
                    call.Output.Result(purchase, p => Console.WriteLine(
                        $"{p.PurchaseId}: pay {p.Price} at\n{p.CheckoutUrl}"));
                    return 0;
                }

                await Console.Error.WriteLineAsync($"Pay {purchase.Price} at\n{purchase.CheckoutUrl}");
                return await Await(call, tally, purchase, call.Get(to));
            });
    }

    public static Command Refund()
    {
        var what = Define.Argument("WHAT", "Id of the purchase, or an amount of the wallet such as '5 USD'.");
        return Define.Command(
            "refund", "Give a purchase back inside its refund window (its licence ends), or unused money of the wallet.",
            "tally refund pur_01jd…", [what],
            async call =>
            {
                using var tally = call.Open();
                if (char.IsAsciiDigit(call.Get(what).TrimStart().FirstOrDefault()))
                {
                    call.Output.Result(
                        await tally.RefundWallet(Call.Money(call.Get(what)), NewKey(), call.Stop),
                        r => Console.WriteLine($"{r.WalletRefundId}: {r.Amount} left the wallet and go back to the cards they came from."));
                    return 0;
                }

                call.Output.Result(
                    await tally.Refund(Call.Id<PurchaseId>(call.Get(what), "purchase"), call.Stop),
                    p => Console.WriteLine($"{p.PurchaseId} is {p.Status}: {p.Refunded} of {p.Price} came back so far."));
                return 0;
            });
    }

    public static Command TopUp()
    {
        var amount = Define.Argument("AMOUNT", "Such as '20 USD'.");
        var wait = Define.Option<bool>("--wait", "Wait until it is paid.");
        return Define.Command(
            "top-up", "Prepay into the wallet that licences paid per use draw on; paid in the browser.", "tally top-up '20 USD' --wait",
            [amount, wait],
            async call =>
            {
                using var tally = call.Open();
                var money = Call.Money(call.Get(amount));
                var started = await tally.StartTopUp(money, NewKey(), call.Stop);
                if (!call.Get(wait))
                {
                    call.Output.Result(started, t => Console.WriteLine($"{t.TopUpId}: pay {t.Amount} at\n{t.CheckoutUrl}"));
                    return 0;
                }

                await Console.Error.WriteLineAsync($"Pay {started.Amount} at\n{started.CheckoutUrl}");
                using var until = Limit(call);
                var wallet = await call.Output.Waiting("Waiting for the payment", () => tally.Until(
                    stop => tally.Wallet(money.Currency, stop),
                    w => w.TopUps.FirstOrDefault(t => t.TopUpId == started.TopUpId)?.Status is not ("creating" or "open"),
                    until.Token));
                var ended = wallet.TopUps.FirstOrDefault(t => t.TopUpId == started.TopUpId);
                call.Output.Result(wallet, w => Console.WriteLine($"{started.TopUpId} is {ended?.Status}; {w.Available} are available."));
                return ended?.Status == "paid" ? 0 : 1;
            });
    }

    public static Command Wallet()
    {
        var currency = new Option<string>("--currency") { Description = "Which one (default: USD).", DefaultValueFactory = _ => "USD" };
        return Define.Command(
            "wallet", "Show the wallet: prepaid, spoken for, available.", "tally wallet", [currency],
            async call =>
            {
                using var tally = call.Open();
                call.Output.Result(await tally.Wallet(Call.Currency(call.Get(currency)!), call.Stop), w =>
                {
                    Console.WriteLine($"balance    {w.Balance}");
                    Console.WriteLine($"held       {w.Held}   (what gates may already be delivering for)");
                    Console.WriteLine($"available  {w.Available}");
                    if (w.Debt.Minor > 0)
                    {
                        Console.WriteLine($"you owe    {w.Debt}   (a payment was taken back after it had been used; the next top-up pays it first)");
                    }

                    Output.Table(
                        ["top-up", "amount", "status", "pay at"],
                        w.TopUps.Select(t => (string[])[t.TopUpId.ToString(), t.Amount.ToString(), t.Status, t.CheckoutUrl ?? ""]),
                        "No top-ups yet: tally top-up '20 USD'");
                    if (w.Refunds.Count > 0)
                    {
                        Output.Table(
                            ["refund", "amount", "refunded", "status"],
                            w.Refunds.Select(r => (string[])[
                                r.WalletRefundId.ToString(), r.Amount.ToString(), r.Refunded.ToString(),
                                r.Reason is null ? r.Status : $"{r.Status}: {r.Reason}"]),
                            "");
                    }
                });
                return 0;
            });
    }

    public static Command PayoutAccount()
    {
        var country = Define.Option<string?>("--country", "Open it in this country (two letters) and print the link to complete it.");
        return Define.Command(
            "payout-account", "Show or open the account that earnings are paid out to.", "tally payout-account --country US", [country],
            async call =>
            {
                using var tally = call.Open();
                if (call.Get(country) is { } where)
                {
                    call.Output.Result(
                        await tally.OpenPayoutAccount(where.ToUpperInvariant(), call.Stop),
                        l => Console.WriteLine($"Complete it in the browser, before {Call.Time(l.ExpiresAt)}:\n{l.OnboardingUrl}"));
                    return 0;
                }

                call.Output.Result(await Opened(call, tally), a => Console.WriteLine(
                    $"{a.AccountId} in {a.Country}: transfers {a.Transfers}, payouts {(a.PayoutsEnabled ? "enabled" : "not enabled")}" +
                    (a.Transfers == "active" ? "" : $"\nComplete it with: tally payout-account --country {a.Country}")));
                return 0;
            });
    }

    private static async Task<PayoutAccount> Opened(Call call, TallyClient tally)
    {
        try
        {
            return await tally.PayoutAccount(call.Stop);
        }
        catch (TallyProblemException none) when (none.Kind == "not-found")
        {
            throw new CommandException(
                "You have no payout account yet. Open one with 'tally payout-account --country US', with your own country's two letters.",
                CommandException.Refused);
        }
    }

    private static async Task<int> Await(Call call, TallyClient tally, Purchase purchase, string? to)
    {
        using var until = Limit(call);
        var ended = await call.Output.Waiting("Waiting for the payment", () => tally.Until(
            stop => tally.Purchase(purchase.PurchaseId, stop), p => p.IsOver, until.Token));
        if (ended.Status != "paid")
        {
            call.Output.Result(ended, p => Console.WriteLine($"{p.PurchaseId} is {p.Status}: there is no licence."));
            return 1;
        }

        var licence = await call.Output.Waiting("Waiting for the licence", () => tally.Until(
            stop => tally.LicenceOf(purchase.PurchaseId, stop), l => l is not null, until.Token));
        await Hand(call, licence!, to);
        return 0;
    }

    private static async Task Hand(Call call, Licence licence, string? to)
    {
        if (to is not null)
        {
            await LicenceCommands.WriteToken(to, licence, call.Stop);
        }

        call.Output.Result(licence, l =>
        {
            Console.WriteLine($"Licence {l.LicenceId} for {l.WorkId}, valid until {Call.Time(l.Expires)}.");
            Console.WriteLine(to is null ? $"Next: tally pull {l.LicenceId} --to FOLDER" : $"Its token is in {to}.");
        });
    }

    private static CancellationTokenSource Limit(Call call)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(call.Stop);
        limit.CancelAfter(PaymentWithin);
        return limit;
    }

    /// <summary>New for every command: who runs it twice wants two purchases, and pays neither unseen.</summary>
    private static string NewKey() =>
        Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
}
