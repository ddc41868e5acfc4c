using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// One bad row stops only itself: the row that a step of a run fails at is left out, with its reason, and the run goes on
/// after it.
/// </summary>
internal sealed partial class LeftOut(Database database, SetAsides setAsides, ILogger<LeftOut> log)
{
    public const string UnknownLicence = "royalties.unknown_licence";
    public const string UsageLine = "royalties.usage_line";
    public const string Purchase = "royalties.purchase";
    public const string Other = "royalties.left_out";

    public static IReadOnlyList<SetAsideKind> Kinds { get; } =
    [
        new(
            UnknownLicence, "Usage of a licence that is not known",
            "Was the database set back? Restore what was granted since, then accept: the next run bills it. If a gate's credential was stolen, revoke the gate, and void the usage.",
            [
                new("accept", "Accept: bill it once the licence is known", (_, tx, row, _) => Decide(tx, "licence_id", LicenceId.Parse(row.Subject).Value, "accepted")),
                new("void", "Void: never bill it", (_, tx, row, _) => Decide(tx, "licence_id", LicenceId.Parse(row.Subject).Value, "void")),
            ]),
        new(
            UsageLine, "Usage that could not be charged",
            "The reason says what is wrong with it. Accept it when that is mended: the next run charges it. Void what must never be charged.",
            [
                new("accept", "Accept: charge it in the next run", (_, tx, row, _) => Decide(tx, "id", Number(row), "accepted")),
                new("void", "Void: never charge it", (_, tx, row, _) => Decide(tx, "id", Number(row), "void")),
            ]),
        new(
            Purchase, "A purchase that could not be shared",
            "Its price stays deferred. The reason says what is wrong; when that is mended, let the next run share it.",
            [
                new("accept", "Accept: share it in the next run", async (services, tx, row, _) =>
                {
                    await services.GetRequiredService<DuePurchases>().Release(
                        tx, BillingRunId.Parse(row.Detail["billing_run_id"]!.ToString()), PurchaseId.Parse(row.Subject));
                    return null;
                }),
            ]),
        new(
            Other, "A part of a billing run that failed",
            "The run went on without it, and the next run tries it again by itself. The reason says what is wrong.",
            [SetAsideAction.Dismiss()]),
    ];

    /// <summary>
    /// Is it the row, and not the world? A database that cannot be reached or refuses for its own reasons fails every row: then
    /// nothing is left out, and the step is tried again.
    /// </summary>
    public static bool IsOfARow(Exception failure) => failure switch
    {
        PostgresException refused => refused.SqlState.StartsWith("22", StringComparison.Ordinal) ||
            refused.SqlState.StartsWith("23", StringComparison.Ordinal),
        NpgsqlException or OperationCanceledException or IOException or TimeoutException => false,
        _ => true,
    };

    public Task Unknown(Tx tx, LicenceId licence, JsonObject detail) => setAsides.Put(
        tx, UnknownLicence, licence.ToString(), "No licence of this id was ever granted here, or its offer cannot be read.", detail);

    /// <summary>Leaves out the row that comes next; false when there is none, and it was something else.</summary>
    public Task<bool> Next(RunRow run, IRunStep step, Exception failure, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await run.Hold(tx);
            if (await step.LeaveOut(tx, run) is not { } row)
            {
                return false;
            }

            var reason = $"{failure.GetType().Name}: {failure.Message}";
            await tx.Execute(
                """
                insert into royalties.left_out (run_id, step, subject, reason) values (@Id, @State, @Subject, @reason)
                on conflict do nothing
                """,
                new { run.Id, run.State, row.Subject, reason });
            await setAsides.Put(
                tx, row.Kind, row.Subject, reason, new JsonObject { ["billing_run_id"] = run.Id.ToString(), ["step"] = run.State });
            return true;
        },
        stop);

    [LoggerMessage(3004, LogLevel.Error, "What licence {Licence} was granted for cannot be read; its usage is set aside.")]
    public partial void Unreadable(Exception failure, LicenceId licence);

    private static long Number(SetAsideRow row) => long.Parse(row.Subject, CultureInfo.InvariantCulture);

    private static async Task<Hosting.Refusal?> Decide(Tx tx, string column, object value, string state)
    {
        await tx.Execute(
            $"update royalties.usage set state = @state where {column} = @value and billed_in is null and state = 'set_aside'",
            new { value, state });
        return null;
    }
}
