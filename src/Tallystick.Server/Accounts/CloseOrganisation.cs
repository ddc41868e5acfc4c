using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// An organisation closes its own account, for good.
/// 1. By a person or by a key that may do all that a person may, and never the installation's own. 2. Closed before: the
/// same answer. 3. The name, typed: nobody closes an account by a slip. 4. No money of the organisation may be left behind;
/// what it owes is named. 5. Closed; keys, sessions and links end; the others are told.
/// </summary>
internal sealed partial class CloseOrganisation(
    Database database, IEnumerable<IClosingCheck> checks, Outbox outbox, TimeProvider clock, ILogger<CloseOrganisation> log)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/organisation/close", async (
            Request request, Caller caller, CloseOrganisation slice, CancellationToken stop) =>
            (await slice.Handle(request, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.AccountsWrite)
            .WithName("CloseOrganisation").WithTags("Accounts")
            .WithSummary("Closes the caller's own account for good; 'name' is the organisation's name, as confirmation. Its offers are " +
                "withdrawn, its API keys and sessions end, and what it is owed is paid whatever the minimum.")
            .Produces<Answer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(409);

    private async Task<Outcome<Answer>> Handle(Request request, Caller caller, CancellationToken stop)
    {
        // 1.
        if (caller.Roles.Contains(Role.Operator))
        {
            return AccountsProblems.OperatorStays.With("Nobody would operate this installation.");
        }

        if (caller.Person is null && !Account.ScopesOf([.. caller.Roles]).All(caller.Scopes.Contains))
        {
            return Problems.Forbidden.With(
                "A person who has signed in closes the account, or an API key with every scope that the organisation's people have.");
        }

        return await database.InTransaction(tx => Close(tx, request.Name, caller.Organisation), stop);
    }

    private async Task<Outcome<Answer>> Close(Tx tx, string typed, OrganisationId organisation)
    {
        await ApiKeys.Lock(tx, organisation);
        var row = (await tx.QueryOne<Row>(
            "select name, closed_at from accounts.organisation where id = @organisation", new { organisation }))!;
        var seen = new List<ClosingView>();
        foreach (var check in checks)
        {
            seen.Add(await check.Look(tx, organisation));
        }

        var debts = seen.SelectMany(s => s.Debts)
            .GroupBy(d => d.Currency).Select(g => new Money(g.Sum(d => d.Minor), g.Key)).ToList();
        if (row.ClosedAt is { } before) // 2.
        {
            return new Answer(organisation, row.Name, before, debts);
        }

        if (typed.Trim() != row.Name.Trim()) // 3.
        {
            return Problems.Invalid("name", "This is not the organisation's name. The account is not closed.");
        }

        var obstacles = seen.SelectMany(s => s.Obstacles).ToList(); // 4.
        if (obstacles.Count > 0)
        {
            var owed = debts.Count > 0 ? $" Owed by the organisation, closed or not: {string.Join(", ", debts)}." : "";
            return AccountsProblems.NotSettled.With(
                string.Join(" ", obstacles) + owed,
                new Dictionary<string, object?> { ["obstacles"] = obstacles, ["debts"] = debts });
        }

        var now = clock.GetUtcNow(); // 5.
        await tx.Execute(
            """
            update accounts.organisation set closed_at = @now where id = @organisation;
            update accounts.api_key set revoked_at = @now where organisation_id = @organisation and revoked_at is null;
            delete from accounts.session s using accounts.person p where p.id = s.person_id and p.organisation_id = @organisation;
            delete from accounts.password_reset r using accounts.person p where p.id = r.person_id and p.organisation_id = @organisation
            """,
            new { now, organisation });
        await outbox.Publish(tx, new OrganisationClosed(organisation));
        tx.AfterCommit(() => LogClosed(organisation));
        return new Answer(organisation, row.Name, now, debts);
    }

    [LoggerMessage(1280, LogLevel.Information, "{Organisation} closed its account.")]
    private partial void LogClosed(OrganisationId organisation);

    private sealed record Row(string Name, DateTimeOffset? ClosedAt);

    internal sealed record Request(string Name);

    /// <param name="Debts">What the organisation owes; it stays owed.</param>
    internal sealed record Answer(OrganisationId OrganisationId, string Name, DateTimeOffset ClosedAt, IReadOnlyList<Money> Debts);
}
