using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>A billing run as it is stored.</summary>
/// <param name="AfterId">How far the present step has come, where it goes by id.</param>
/// <param name="AfterNumber">The same where it goes by number.</param>
internal sealed record RunRow(
    BillingRunId Id, DateTimeOffset UpTo, string State, int FeeBasisPoints, int Seals, Guid AfterId, long AfterNumber,
    DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, string? Waiting, JsonNode? Result)
{
    public const string Columns =
        "id, up_to, state, fee_basis_points, seals, after_id, after_number, opened_at, closed_at, waiting, result";

    /// <summary>
    /// Locks the run, which must be where this step read it to be: of two workers, which there never should be, the second
    /// waits here and then does nothing.
    /// </summary>
    public async Task Hold(Tx tx)
    {
        if (await tx.QueryOne<Guid?>(
            """
            select id from royalties.run
            where id = @Id and state = @State and after_id = @AfterId and after_number = @AfterNumber for no key update
            """,
            new { Id, State, AfterId, AfterNumber }) is null)
        {
            throw new InvalidOperationException($"Billing run {Id} is not where it was left.");
        }
    }

    /// <summary>The step goes on after a row.</summary>
    public Task After(Tx tx, Guid id) =>
        tx.Execute("update royalties.run set after_id = @id where id = @Run", new { Run = Id, id });

    public Task After(Tx tx, long number) =>
        tx.Execute("update royalties.run set after_number = @number where id = @Run", new { Run = Id, number });

    /// <summary>The next step, from its start.</summary>
    public Task MoveOn(Tx tx, string state) => tx.Execute(
        """
        update royalties.run set state = @state, after_number = 0, after_id = '00000000-0000-0000-0000-000000000000'
        where id = @Run
        """,
        new { Run = Id, state });
}
