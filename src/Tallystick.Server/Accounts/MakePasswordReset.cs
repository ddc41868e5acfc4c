using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// The operator helps somebody who forgot the password: a link that sets a new one, once, within an hour. Its secret
/// stands behind the <c>#</c>, which browsers send to nobody, so that it gets into no log of ours or of a proxy. A newer
/// link ends the older one.
/// </summary>
internal sealed partial class MakePasswordReset(
    Database database, Emails emails, FoundationOptions foundation, TimeProvider clock, ILogger<MakePasswordReset> log)
{
    public const string Prefix = "rst_";
    private static readonly TimeSpan ValidFor = TimeSpan.FromHours(1);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/password-resets", async (Request request, MakePasswordReset slice, CancellationToken stop) =>
            (await slice.Handle(request, stop)).ToHttp(made => Results.Created((string?)null, made)))
            .RequiresScope(Scope.Operate)
            .WithName("MakePasswordReset").WithTags("Accounts")
            .WithSummary("Makes a link with which a person who forgot the password sets a new one, once, within an hour. It is shown this once.")
            .Produces<Answer>(StatusCodes.Status201Created)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private async Task<Outcome<Answer>> Handle(Request request, CancellationToken stop)
    {
        if (await emails.Normal(request.Email, stop) is not { } email)
        {
            return new InputErrors().Add("email", "Not an e-mail address.").ToRefusal();
        }

        var found = await database.QueryOne<Found>(
            """
            select p.id, 'operator' = any(o.roles) as is_operator, o.closed_at is not null as is_closed
            from accounts.person p join accounts.organisation o on o.id = p.organisation_id where p.email = @email
            """,
            new { email },
            stop);
        if (found is null)
        {
            return Problems.NotFound.With("Nobody signs in with this e-mail address.");
        }

        if (found.IsOperator)
        {
            return AccountsProblems.PasswordConfigured.With("A link would be undone at the next start.");
        }

        if (found.IsClosed)
        {
            return AccountsProblems.AccountClosed.With("A new password would open nothing.");
        }

        var (secret, now) = (Account.NewSecret(Prefix), clock.GetUtcNow());
        var expires = now + ValidFor;
        await database.InTransaction(
            tx => tx.Execute(
                """
                insert into accounts.password_reset (person_id, token_sha256, created_at, expires_at)
                values (@Id, @Hash, @now, @expires)
                on conflict (person_id) do update set token_sha256 = excluded.token_sha256,
                  created_at = excluded.created_at, expires_at = excluded.expires_at
                """,
                new { found.Id, Hash = Account.Sha256(secret), now, expires }),
            stop);
        LogMade();
        return new Answer(found.Id, $"{foundation.PublicUrl}{PasswordForm.ResetPath}#{secret}", expires);
    }

    [LoggerMessage(1301, LogLevel.Information, "The operator made a link with which somebody can set a new password.")]
    private partial void LogMade();

    private sealed record Found(PersonId Id, bool IsOperator, bool IsClosed);

    internal sealed record Request(string Email);

    internal sealed record Answer(PersonId PersonId, string Url, DateTimeOffset ExpiresAt);
}
