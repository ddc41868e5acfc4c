using System.Security.Cryptography;
using System.Text;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

public sealed class WebhookTests
{
    static readonly string[] OfOnePayment =
        ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed", "charge.updated"];

    [Fact]
    public async Task A_payment_is_told_in_signed_snapshots()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var sim = await Sim.StartAsync(receiver.Url);
        var charge = await sim.Charge(1000);
        var deliveries = await receiver.Wait(5);
        deliveries.Select(d => d.Type).ShouldBe(OfOnePayment);
        foreach (var delivery in deliveries)
        {
            var parts = delivery.Signature.Split(',').Select(part => part.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
            var mac = HMACSHA256.HashData(
                Encoding.UTF8.GetBytes(Sim.WebhookSecret), Encoding.UTF8.GetBytes($"{parts["t"]}.{delivery.Body}"));
            parts["v1"].ShouldBe(Convert.ToHexStringLower(mac));
            delivery.Json["api_version"]!.GetValue<string>().ShouldBe("2026-10-28.endive");
        }

        // The snapshot is of that moment: the balance transaction came a moment later.
        deliveries[1].Object["balance_transaction"].ShouldBeNull();
        deliveries[4].Object["balance_transaction"]!.GetValue<string>().ShouldBe(charge.Text("balance_transaction"));
    }

    [Fact]
    public async Task An_event_is_sent_again_until_it_is_confirmed()
    {
        await using var receiver = await Receiver.StartAsync(refusals: 2);
        await using var sim = await Sim.StartAsync(receiver.Url);
        await sim.Post("/v1/customers", "");
        var deliveries = await receiver.Wait(3);
        deliveries.Select(d => d.Body).Distinct().Count().ShouldBe(1);
        for (var i = 0; i < 100 && (await sim.Totals())["undelivered_events"]!.GetValue<int>() > 0; i++)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        (await sim.Get($"/v1/events/{deliveries[0].Id}")).Long("pending_webhooks").ShouldBe(0);
        receiver.Deliveries.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Held_events_can_go_out_backwards_and_twice()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var sim = await Sim.StartAsync(receiver.Url);
        await sim.Act("webhooks", "mode=hold&copies=2");
        await sim.Charge(1000);
        await Task.Delay(400, TestContext.Current.CancellationToken);
        receiver.Deliveries.ShouldBeEmpty();
        await sim.Act("webhooks/release", "order=reverse");
        var deliveries = await receiver.Wait(10);
        deliveries.Select(d => d.Type).ShouldBe(OfOnePayment.Reverse().SelectMany(type => new[] { type, type }));
    }

    [Fact]
    public async Task A_delivered_event_can_be_replayed_with_an_old_timestamp()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var sim = await Sim.StartAsync(receiver.Url);
        await sim.Post("/v1/customers", "");
        var sent = (await receiver.Wait(1))[0];
        await sim.Act("webhooks/send", $"event={sent.Id}&age_seconds=600");
        var old = (await receiver.Wait(2))[1];
        long Time(Delivery delivery) => long.Parse(delivery.Signature.Split(',')[0][2..]);
        (Time(sent) - Time(old)).ShouldBeInRange(590, 610);
    }

    [Fact]
    public async Task Events_of_connected_accounts_say_whose_they_are()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var sim = await Sim.StartAsync(receiver.Url);
        var creator = await sim.Creator();
        var updated = (await receiver.Wait(1))[0];
        updated.Type.ShouldBe("account.updated");
        updated.Json["account"]!.GetValue<string>().ShouldBe(creator);
        updated.Json["data"]!["previous_attributes"]!["payouts_enabled"]!.GetValue<bool>().ShouldBeFalse();
        (await sim.Get("/v1/events", creator)).Json["data"]!.AsArray().Count.ShouldBe(1);
        (await sim.Get("/v1/events")).Json["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_change_of_money_has_its_event()
    {
        await using var sim = await Sim.StartAsync();
        var creator = await sim.Creator();
        var charge = await sim.Charge(10_000);
        var transfer = await sim.Post("/v1/transfers", $"amount=3000&currency=usd&destination={creator}");
        await sim.Post($"/v1/transfers/{transfer.Id}/reversals", "amount=1000");
        await sim.Post("/v1/refunds", $"charge={charge.Id}&amount=100");
        var disputed = await sim.Charge(2000);
        var dispute = await sim.Act("disputes", $"charge={disputed.Id}");
        await sim.Act($"disputes/{dispute.Id}/close", "outcome=won");
        var open = await sim.Post("/v1/checkout/sessions", Sim.Order(500));
        await sim.Act($"sessions/{open.Id}/decline");
        await sim.Act("clock/advance", "seconds=90000");
        await sim.Act("payouts/run");
        await sim.Act("clock/advance", "seconds=180000");
        var types = (await sim.Get("/v1/events?limit=100")).Json["data"]!.AsArray()
            .Select(e => e!["type"]!.GetValue<string>()).ToHashSet();
        foreach (var type in OfOnePayment.Concat(
            [
                "transfer.created", "transfer.reversed", "refund.created", "charge.refunded", "charge.dispute.created",
                "charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated", "charge.failed",
                "payment_intent.payment_failed", "checkout.session.expired",
            ]))
            types.ShouldContain(type);
        var own = (await sim.Get("/v1/events?limit=100", creator)).Json["data"]!.AsArray()
            .Select(e => e!["type"]!.GetValue<string>()).ToHashSet();
        foreach (var type in new[] { "account.updated", "payment.created", "payout.created", "payout.paid" })
            own.ShouldContain(type);
    }
}
