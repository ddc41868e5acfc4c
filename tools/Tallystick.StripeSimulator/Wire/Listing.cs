using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;

namespace Tallystick.StripeSimulator.Wire;

/// <summary>Cursor pages, newest first: <c>limit</c>, <c>starting_after</c>, <c>ending_before</c>, <c>has_more</c>.</summary>
internal static class Listing
{
    const int LimitDefault = 10;

    public static Answer Page(
        Call call, string noun, string url, Func<Resource, JsonObject> render, Func<Resource, bool>? where = null)
    {
        var matching = call.World.All(noun)
            .Where(resource => resource.Owner == call.Owner && (where is null || where(resource)))
            .Reverse()
            .ToList();
        return Page(call, matching, noun, url, render);
    }

    public static Answer Page(
        Call call, List<Resource> newestFirst, string noun, string url, Func<Resource, JsonObject> render)
    {
        var limit = (int)(call.Arguments.Integer("limit") ?? LimitDefault);
        var (after, before) = (call.Arguments.Text("starting_after"), call.Arguments.Text("ending_before"));
        if (after is not null && before is not null)
            return StripeError.Invalid(
                "You can only provide one of: starting_after, ending_before.", "starting_after", "parameters_exclusive");
        if ((after ?? before) is { } cursor && call.World.Find(noun, cursor, call.Owner) is null)
            return StripeError.NoSuch(noun, cursor, after is null ? "ending_before" : "starting_after", status: 400);

        List<Resource> page;
        bool more;
        if (before is not null)
        {
            var edge = call.World.Find(before)!.Sequence;
            var newer = newestFirst.Where(resource => resource.Sequence > edge).ToList();
            page = newer[Math.Max(0, newer.Count - limit)..];
            more = newer.Count > limit;
        }
        else
        {
            var edge = after is null ? long.MaxValue : call.World.Find(after)!.Sequence;
            var older = newestFirst.Where(resource => resource.Sequence < edge).Take(limit + 1).ToList();
            more = older.Count > limit;
            page = more ? older[..limit] : older;
        }

        return Of(url, [.. page.Select(resource => (JsonNode)render(resource))], more);
    }

    public static JsonObject Of(string url, JsonArray data, bool hasMore = false) =>
        new() { ["object"] = "list", ["data"] = data, ["has_more"] = hasMore, ["url"] = url };
}
