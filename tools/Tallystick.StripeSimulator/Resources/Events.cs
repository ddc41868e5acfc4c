using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>Snapshot events: the object as it was at that moment, and what it was before where that is told.</summary>
internal static class Events
{
    public static readonly Operation[] Operations =
    [
        Operation.List("/v1/events", List, P.Created, P.Text("type", 100), P.List("types", P.Text("item", 100), 20),
            P.Boolean("delivery_success")),
        Operation.Get("/v1/events/{id}", Render.Retrieve("event")),
    ];

    public static void Emit(World world, string type, string owner, JsonObject snapshot, JsonObject? previous = null)
    {
        var emitted = world.Add("event", world.NextId("evt_"), owner);
        var content = new JsonObject { ["object"] = snapshot };
        if (previous is not null)
            content["previous_attributes"] = previous;
        emitted["api_version"] = ApiVersion.Pinned;
        emitted["data"] = content;
        emitted["pending_webhooks"] = 1L;
        emitted["request"] = new JsonObject { ["id"] = world.RequestId, ["idempotency_key"] = world.RequestKey };
        emitted["type"] = type;
        // Only events of connected accounts say whose they are: that is how one endpoint tells them apart.
        if (owner != world.Platform.Id)
            emitted.Optional("account", owner);
        world.Undelivered.Add(emitted);
    }

    /// <summary>The fields of <paramref name="before"/> that differ afterwards, as <c>previous_attributes</c> tells them.</summary>
    public static JsonObject Difference(JsonObject before, JsonObject after)
    {
        var changed = new JsonObject();
        foreach (var (name, value) in before)
        {
            var now = after[name];
            if (JsonNode.DeepEquals(value, now))
                continue;
            changed[name] = value is JsonObject inner && now is JsonObject nowInner && name != "metadata"
                ? Difference(inner, nowInner)
                : value?.DeepClone();
        }

        return changed;
    }

    public static void Delivered(World world, Resource delivered)
    {
        delivered["pending_webhooks"] = 0L;
        world.Undelivered.Remove(delivered);
    }

    static Answer List(Call call)
    {
        var type = call.Arguments.Text("type");
        var types = call.Arguments.Texts("types");
        var success = call.Arguments.Boolean("delivery_success");
        return Listing.Page(call, "event", "/v1/events", resource => Render.One(call.World, resource), resource =>
            call.Arguments.InRange("created", resource.Created)
            && (type is null || Matches(type, resource.Text("type")!))
            && (types.Length == 0 || types.Contains(resource.Text("type")))
            && (success is null || success == (resource.Long("pending_webhooks") == 0)));
    }

    // "charge.*" names a group, everything else one type.
    static bool Matches(string pattern, string type) =>
        pattern.EndsWith('*') ? type.StartsWith(pattern[..^1], StringComparison.Ordinal) : type == pattern;
}
