using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Webhooks;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Admin;

/// <summary>
/// The admin door under <c>/_sim/</c>. Faults and the handling of webhooks are about the wire, not about the state:
/// they are not kept over a restart. Everything else goes to <see cref="ControlCommands"/>.
/// </summary>
internal sealed class ControlRoutes(Simulator simulator, FaultPlan faults, WebhookSender? sender)
{
    // Longer than any client's patience, short enough for a forgotten connection to end.
    const int HangDefaultMs = 120_000;

    const int HangMaxMs = 3_600_000;

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/_sim/totals", () => Json(simulator.Read(Totals.Of)));
        app.MapGet("/_sim/faults", () => Json(Faults()));
        app.MapDelete("/_sim/faults", () =>
        {
            faults.Clear();
            return Json(Faults());
        });
        app.MapPost("/_sim/faults", (HttpRequest request, CancellationToken stop) => WithFormAsync(request, AddFault, stop,
            P.Choice("kind", FaultKinds.All).Required(), P.Text("path", 300).Required(), P.Choice("method", "GET", "POST"),
            P.Integer("count", 1, 1_000_000), P.Integer("delay_ms", 0, HangMaxMs)));
        app.MapGet("/_sim/webhooks", () => Json(Webhooks()));
        app.MapPost("/_sim/webhooks", (HttpRequest request, CancellationToken stop) => WithFormAsync(request, Configure, stop,
            P.Choice("mode", "deliver", "hold"), P.Integer("copies", 1, 100)));
        app.MapPost("/_sim/webhooks/release", (HttpRequest request, CancellationToken stop) => WithFormAsync(request, Release,
            stop, P.Choice("order", "forward", "reverse", "shuffled"), P.List("events", P.Text("item", 255), 1000)));
        app.MapPost("/_sim/webhooks/send", (HttpRequest request, CancellationToken stop) => WithFormAsync(request,
            arguments => SendAsync(arguments, stop), stop, P.Text("event", 255).Required(), P.Integer("copies", 1, 100),
            P.Integer("age_seconds", 0)));
        app.MapPost("/_sim/reset", (HttpRequest request, CancellationToken stop) =>
            WithFormAsync(request, Reset, stop, P.Text("seed", 100)));
        app.MapPost("/_sim/{**path}", async (HttpRequest request, CancellationToken stop) =>
        {
            var reply = simulator.Control(request.Path, await ReadAsync(request, stop));
            return Results.Text(reply.Body, "application/json", statusCode: reply.Status);
        });
    }

    Task<IResult> AddFault(Arguments arguments)
    {
        var kind = arguments.TextOf("kind");
        var delayMs = arguments.Integer("delay_ms") ?? (kind == FaultKinds.Delay ? 1000 : HangDefaultMs);
        faults.Add(new Fault(kind, arguments.Text("method"), arguments.TextOf("path"),
            (int)(arguments.Integer("count") ?? 1), (int)delayMs));
        return Task.FromResult(Json(Faults()));
    }

    JsonObject Faults() => new()
    {
        ["faults"] = new JsonArray([.. faults.Waiting().Select(fault => (JsonNode)new JsonObject
        {
            ["kind"] = fault.Kind,
            ["method"] = fault.Method,
            ["path"] = fault.Path,
            ["remaining"] = fault.Remaining,
            ["delay_ms"] = fault.DelayMs,
        })]),
    };

    Task<IResult> Configure(Arguments arguments)
    {
        sender?.Configure(
            arguments.Text("mode") is { } mode ? mode == "hold" : null, (int?)arguments.Integer("copies"));
        return Task.FromResult(Json(Webhooks()));
    }

    JsonObject Webhooks() => new()
    {
        ["endpoint"] = sender is not null,
        ["mode"] = sender?.State().IsHeld == true ? "hold" : "deliver",
        ["copies"] = sender?.State().Copies,
        ["undelivered"] = simulator.Read(world => new JsonArray([.. world.Undelivered.Select(e => (JsonNode)new JsonObject
        {
            ["id"] = e.Id,
            ["type"] = e.Text("type"),
        })])),
    };

    Task<IResult> Release(Arguments arguments)
    {
        var order = arguments.Texts("events").ToList();
        if (order.Count == 0)
            order = simulator.Read(world => world.Undelivered.Select(e => e.Id).ToList());
        if (arguments.Text("order") == "reverse")
            order.Reverse();
        // Identifiers are as good as random and come from the seed: their order is a shuffle that can be repeated.
        if (arguments.Text("order") == "shuffled")
            order.Sort(StringComparer.Ordinal);
        sender?.Release(order);
        return Task.FromResult(Json(new JsonObject { ["released"] = order.Count }));
    }

    async Task<IResult> SendAsync(Arguments arguments, CancellationToken stop)
    {
        var id = arguments.TextOf("event");
        var body = simulator.Read(world =>
            world.Find(id) is { Noun: "event" } found ? Simulator.Text(found.Copy()) : null);
        if (body is null || sender is null)
            return Error(StripeError.NoSuch(sender is null ? "webhook endpoint" : "event", id));
        var statuses = new JsonArray();
        for (var copy = 0; copy < (arguments.Integer("copies") ?? 1); copy++)
            statuses.Add(await sender.SendAsync(body, arguments.Integer("age_seconds") ?? 0, stop));
        return Json(new JsonObject { ["answers"] = statuses });
    }

    Task<IResult> Reset(Arguments arguments)
    {
        faults.Clear();
        sender?.Configure(hold: false, copiesEach: 1);
        sender?.Forget();
        simulator.Reset(arguments.Text("seed"));
        return Task.FromResult(Json(simulator.Read(Totals.Of)));
    }

    static async Task<IResult> WithFormAsync(
        HttpRequest request, Func<Arguments, Task<IResult>> handle, CancellationToken stop, params Parameter[] schema)
    {
        if (!FormNode.TryParse(await ReadAsync(request, stop), out var form, out var wrong))
            return Error(StripeError.Invalid(wrong));
        return Validation.Check(form, schema) is { } refusal ? Error(refusal) : await handle(new Arguments(form));
    }

    static async Task<string> ReadAsync(HttpRequest request, CancellationToken stop)
    {
        using var reader = new StreamReader(request.Body);
        return await reader.ReadToEndAsync(stop);
    }

    static IResult Json(JsonObject json) => Results.Text(Simulator.Text(json), "application/json");

    static IResult Error(StripeError error) =>
        Results.Text(Simulator.Text(error.ToJson()), "application/json", statusCode: error.Status);
}
