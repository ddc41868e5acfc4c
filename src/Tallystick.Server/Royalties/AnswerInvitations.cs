using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>Invitations to be a payee of somebody's rules: the payee answers, the creator sees the answer.</summary>
internal sealed class AnswerInvitations(Database database, Organisations organisations, TimeProvider clock)
{
    private const string Columns = "id as invitation_id, creator, payee, state, work_id, title, asked_at, answered_at";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/royalty-invitations", async (
            AnswerInvitations slice, Caller caller, CancellationToken stop, string @as = "payee", InvitationId? after = null, int limit = 50,
            bool newest = true) =>
            (await slice.List(caller, @as, new(after, newest), limit, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.StatementsRead)
            .WithName("ListRoyaltyInvitations")
            .WithSummary("Invitations to share in works: as=payee those to the caller, as=creator those that the caller's rules made; " +
                "newest first or, with newest=false, oldest first.")
            .Produces<Page<View>>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
        Answer(app, "accept", "AcceptRoyaltyInvitation", "accepted", ["open", "declined", "ended", "accepted"],
            "Agrees to be named by this creator's rules.");
        Answer(app, "decline", "DeclineRoyaltyInvitation", "declined", ["open", "declined"],
            "Refuses; this creator is not heard again for thirty days.");
        Answer(app, "end", "EndRoyaltyAgreement", "ended", ["accepted", "ended"],
            "Ends the agreement for rules to come. Those that stand go on, and so does what they earn.");
    }

    public async Task<Outcome<Page<View>>> List(Caller caller, string role, Wanted wanted, int limit, CancellationToken stop)
    {
        if (role is not ("payee" or "creator"))
        {
            return Problems.Invalid("as", "payee or creator.");
        }

        return await Page<View>.Read(
            limit,
            async most => await Named(
                await database.Query<Row>(
                    $"""
                    select {Columns} from royalties.consent
                    where {(role == "payee" ? "payee" : "creator")} = @Organisation
                      and (@After::uuid is null or id {(wanted.Newest ? "<" : ">")} @After)
                    order by id {(wanted.Newest ? "desc" : "asc")} limit @most
                    """,
                    new { caller.Organisation, After = wanted.After?.Value, most },
                    stop),
                stop),
            v => v.InvitationId.ToString());
    }

    /// <param name="After">Those that follow this one in that order.</param>
    /// <param name="Newest">Newest first, else oldest first.</param>
    internal sealed record Wanted(InvitationId? After, bool Newest);

    public async Task<Outcome<View>> Answer(
        InvitationId id, Caller caller, string state, string[] from, CancellationToken stop)
    {
        var answered = await database.QueryOne<Row>(
            $"""
            update royalties.consent set state = @state, answered_at = @Now
            where id = @id and payee = @Organisation and state = any(@from) returning {Columns}
            """,
            new { id, caller.Organisation, state, from, Now = clock.GetUtcNow() },
            stop);
        if (answered is not null)
        {
            return (await Named([answered], stop))[0];
        }

        return await database.QueryOne<string>(
            "select state from royalties.consent where id = @id and payee = @Organisation", new { id, caller.Organisation }, stop) is { } now
            ? Problems.Conflict.With($"It is {now}.")
            : Problems.NotFound.With("No invitation to you has this id.");
    }

    private static void Answer(
        IEndpointRouteBuilder app, string verb, string name, string state, string[] from, string summary) => app
        .MapPost($"/v1/royalty-invitations/{{id}}/{verb}", async (
            InvitationId id, AnswerInvitations slice, Caller caller, CancellationToken stop) =>
            (await slice.Answer(id, caller, state, from, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.PaymentsWrite)
        .WithName(name)
        .WithSummary(summary)
        .Produces<View>()
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict);

    private async Task<IReadOnlyList<View>> Named(IReadOnlyList<Row> rows, CancellationToken stop)
    {
        var names = (await organisations.FindAll([.. rows.SelectMany(r => (OrganisationId[])[r.Creator, r.Payee]).Distinct()], stop))
            .ToDictionary(o => o.OrganisationId, o => o.Name);
        return [.. rows.Select(r => new View(
            r.InvitationId, r.Creator, names.GetValueOrDefault(r.Creator, ""), r.Payee, names.GetValueOrDefault(r.Payee, ""),
            r.State, r.WorkId, r.Title, r.AskedAt, r.AnsweredAt))];
    }

    /// <param name="State">open, accepted, declined, ended.</param>
    /// <param name="WorkId">The work whose rule named the payee; an agreement is for all works of the creator.</param>
    internal sealed record View(
        InvitationId InvitationId, OrganisationId Creator, string CreatorName, OrganisationId Payee, string PayeeName, string State,
        WorkId WorkId, string Title, DateTimeOffset AskedAt, DateTimeOffset? AnsweredAt);

    private sealed record Row(
        InvitationId InvitationId, OrganisationId Creator, OrganisationId Payee, string State, WorkId WorkId, string Title,
        DateTimeOffset AskedAt, DateTimeOffset? AnsweredAt);
}
