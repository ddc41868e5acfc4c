using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>The operator chooses what becomes of something that was set aside.</summary>
internal sealed class ActOnSetAside(
    Database database, ListSetAside list, SetAsideKinds kinds, IServiceProvider services, TimeProvider clock)
{
    public static void Map(WebApplication app) => app
        .MapPost("/v1/set-aside/{id}/{action}", async (
            long id, string action, Caller caller, ActOnSetAside slice, CancellationToken stop) =>
            (await slice.Handle(id, action, caller, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.Operate)
        .WithName("ActOnSetAside")
        .WithSummary("Runs one of the actions of what was set aside and marks it resolved, both or neither; one that only looks again leaves it open.")
        .Produces<ListSetAside.View>()
        .ProducesProblem(StatusCodes.Status403Forbidden)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict);

    /// <summary>1 Lock the row: a second click waits and is refused. 2 Mark it, then act: an action may set aside anew.</summary>
    public Task<Outcome<ListSetAside.View>> Handle(long id, string action, Caller caller, CancellationToken stop) =>
        database.InTransaction<Outcome<ListSetAside.View>>(
            async tx =>
            {
                // 1
                var row = await tx.QueryOne<SetAsideRow>(
                    $"select {SetAsideRow.Columns} from foundation.set_aside where id = @id for update", new { id });
                if (row is null)
                {
                    return Problems.NotFound.With("Nothing with this number was set aside.");
                }

                if (row.State != "open")
                {
                    return FoundationProblems.SetAsideResolved.With($"It was resolved as '{row.Resolution}'.");
                }

                var kind = kinds.Of(row.Kind);
                if (kind.Actions.FirstOrDefault(a => a.Name == action) is not { } chosen)
                {
                    return FoundationProblems.SetAsideActionUnknown.With(
                        $"What is of the kind '{kind.Name}' has other actions.",
                        new Dictionary<string, object?> { ["actions"] = kind.Actions.Select(a => a.Name).ToArray() });
                }

                // 2
                if (chosen.LeavesOpen)
                {
                    return await tx.AllOrNothing<ListSetAside.View>(async () =>
                        await chosen.Run(services, tx, row, stop) is { } refused ? refused : list.Shown(row));
                }

                var resolved = row with
                {
                    State = "resolved",
                    ResolvedAt = clock.GetUtcNow(),
                    ResolvedBy = caller.Person?.ToString() ?? caller.Organisation.ToString(),
                    Resolution = chosen.Name,
                };
                return await tx.AllOrNothing<ListSetAside.View>(async () =>
                {
                    await tx.Execute(
                        """
                        update foundation.set_aside set
                          state = @State, resolved_at = @ResolvedAt, resolved_by = @ResolvedBy, resolution = @Resolution
                        where id = @Id
                        """,
                        new { resolved.Id, resolved.State, resolved.ResolvedAt, resolved.ResolvedBy, resolved.Resolution });
                    return await chosen.Run(services, tx, row, stop) is { } refusal ? refusal : list.Shown(resolved);
                });
            },
            stop);
}
