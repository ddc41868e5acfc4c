using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>Everything that was set aside, for the operator: what it is, why, and what can be chosen.</summary>
internal sealed class ListSetAside(Database database, SetAsideKinds kinds)
{
    private static readonly string[] States = ["open", "resolved"];

    public static void Map(WebApplication app)
    {
        app.MapGet("/v1/set-aside", async (
            ListSetAside slice, CancellationToken stop, string? kind = null, string? state = null, long? after = null, int limit = 50) =>
            (await slice.List(kind, state ?? "open", after, limit, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.Operate)
            .WithName("ListSetAside")
            .WithSummary("What could not be handled and stands aside, newest first; 'state' is open unless it says resolved.")
            .Produces<Page<View>>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status403Forbidden);
        app.MapGet("/v1/set-aside/kinds", async (ListSetAside slice, CancellationToken stop) =>
            Results.Ok(await slice.Kinds(stop)))
            .RequiresScope(Scope.Operate)
            .WithName("ListSetAsideKinds")
            .WithSummary("The kinds of things that can be set aside, what to do about each, and how many are open.")
            .Produces<KindList>()
            .ProducesProblem(StatusCodes.Status403Forbidden);
    }

    public async Task<Outcome<Page<View>>> List(string? kind, string state, long? after, int limit, CancellationToken stop)
    {
        var errors = new InputErrors().Require(States.Contains(state), "state", "open or resolved.");
        if (kind is not null)
        {
            errors.Text("kind", kind, most: 100);
        }

        if (errors.Any)
        {
            return errors.ToRefusal();
        }

        return NumberedPage.Check(limit, after ?? 0) is { } invalid
            ? invalid
            : await Page<View>.Read(
                limit,
                async most => [.. (await database.Query<SetAsideRow>(
                    $"""
                    select {SetAsideRow.Columns} from foundation.set_aside
                    where state = @state and (@kind::text is null or kind = @kind) and id < @Before
                    order by id desc limit @most
                    """,
                    new { state, kind, Before = after ?? long.MaxValue, most },
                    stop)).Select(Shown)],
                v => v.Id.ToString(CultureInfo.InvariantCulture));
    }

    public async Task<KindList> Kinds(CancellationToken stop)
    {
        var open = await Open(stop);
        return new([.. kinds.All.Select(k => k.Name).Union(open.Keys).Order(StringComparer.Ordinal)
            .Select(name => Shown(kinds.Of(name), open.GetValueOrDefault(name)))]);
    }

    /// <summary>How many are open, by kind; a kind that has none is left out.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Open(CancellationToken stop) =>
        (await database.Query<(string Kind, long Count)>(
            "select kind, count(*) from foundation.set_aside where state = 'open' group by kind", null, stop))
        .ToDictionary(r => r.Kind, r => r.Count);

    public View Shown(SetAsideRow row)
    {
        var kind = kinds.Of(row.Kind);
        return new(
            row.Id, row.Kind, kind.Title, kind.WhatToDo, row.Subject, row.Reason, row.Detail, row.State, row.Times, row.FirstSeenAt,
            row.LastSeenAt, row.ResolvedAt, row.ResolvedBy, row.Resolution, row.State == "open" ? Choices(kind) : []);
    }

    private static KindView Shown(SetAsideKind kind, long open) => new(kind.Name, kind.Title, kind.WhatToDo, open, Choices(kind));

    private static IReadOnlyList<Choice> Choices(SetAsideKind kind) => [.. kind.Actions.Select(a => new Choice(a.Name, a.Title))];

    internal sealed record View(
        long Id, string Kind, string Title, string WhatToDo, string Subject, string Reason, JsonNode Detail, string State, long Times,
        DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, DateTimeOffset? ResolvedAt, string? ResolvedBy, string? Resolution,
        IReadOnlyList<Choice> Actions);

    internal sealed record Choice(string Name, string Title);

    internal sealed record KindView(string Kind, string Title, string WhatToDo, long Open, IReadOnlyList<Choice> Actions);

    internal sealed record KindList(IReadOnlyList<KindView> Kinds);
}
