using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>The wire object of a resource: its fields, and the few that depend on others.</summary>
internal static class Render
{
    public static JsonObject One(World world, Resource resource)
    {
        var json = resource.Copy();
        switch (resource.Noun)
        {
            case "checkout.session" when resource.Text("status") == "open":
                json["url"] = $"{world.PublicUrl}/pay/{resource.Id}";
                break;
            case "charge" when resource.Flag("paid"):
                json["receipt_url"] = $"{world.PublicUrl}/receipts/{resource.Id}";
                break;
            case "transfer":
                json["reversals"] = TransferReversals.OfTransfer(world, resource);
                break;
            case "dispute":
                json["balance_transactions"] = Disputes.Movements(world, resource);
                break;
            default:
                break;
        }

        return json;
    }

    /// <summary>Answers one object of the caller's, or that there is no such thing.</summary>
    public static Func<Call, Answer> Retrieve(string noun) => call =>
        call.World.Find(noun, call.Ids[^1], call.Owner) is { } found
            ? One(call.World, found)
            : StripeError.NoSuch(noun, call.Ids[^1]);

    /// <summary>An endpoint that changes only description and metadata, which is all that most objects allow.</summary>
    public static Func<Call, Answer> Update(string noun, string? eventType = null) => call =>
    {
        if (call.World.Find(noun, call.Ids[^1], call.Owner) is not { } found)
            return StripeError.NoSuch(noun, call.Ids[^1]);
        var before = One(call.World, found);
        if (call.Arguments.Has("metadata"))
            found["metadata"] = call.Arguments.Metadata(found.Object("metadata"));
        if (call.Arguments.Has("description"))
            found["description"] = call.Arguments.Text("description");
        var after = One(call.World, found);
        if (eventType is not null && Events.Difference(before, after) is { Count: > 0 } changed)
            Events.Emit(call.World, eventType, found.Owner, after, changed);
        return One(call.World, found);
    };
}
