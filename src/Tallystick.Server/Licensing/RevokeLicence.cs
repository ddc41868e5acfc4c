using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>Ends a licence: the creator's, the operator's, or the buyer's own wish. Repeating it changes nothing.</summary>
internal sealed class RevokeLicence(Database database, ChangeStatus change, RefundRevoked refund, SetAsides setAsides)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/licences/{jti}/revoke", async (
            LicenceId jti, Request request, Caller caller, RevokeLicence slice, CancellationToken stop) =>
            (await slice.Handle(jti, request, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.LicencesWrite)
            .Spends(BudgetKind.LogEntries)
            .WithName("RevokeLicence").WithTags("Licences")
            .WithSummary("Revokes a licence for good: its creator, its buyer or the operator. A creator gives back what was not used of it.")
            .Produces<LicenceAnswer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private async Task<Outcome<LicenceAnswer>> Handle(
        LicenceId jti, Request request, Caller caller, CancellationToken stop)
    {
        var errors = new InputErrors().Text("reason", request.Reason, 500);
        if (errors.Any)
        {
            return errors.ToRefusal();
        }

        return await database.InTransaction<Outcome<LicenceAnswer>>(
            async tx =>
            {
                var licence = await Licences.Find(tx, jti);
                if (licence is null || !May(licence, caller))
                {
                    return Problems.NotFound.With("No such licence.");
                }

                if (await RefundRevoked.IsContested(tx, licence, caller))
                {
                    return LicensingProblems.PurchaseContested.With(
                        "A bank or a refund is deciding about this purchase; revoke when it has decided. The licence stays as it is.");
                }

                var owed = await refund.Quote(tx, licence, caller);
                if (owed is { } money)
                {
                    if (await refund.OverLimit(tx, licence, money) is { } limit)
                    {
                        await setAsides.Put(tx, RevocationCases.Kind.Name, jti.ToString(), limit, new() { ["refund"] = money.ToString() });
                        return LicensingProblems.RevocationLimit.With($"{limit} The licence stays valid.");
                    }

                    // What nothing covers the operator would pay: the licence stays, and the operator decides.
                    var plan = await refund.Plan(tx, licence, money);
                    if (plan.Missing.Minor > 0)
                    {
                        await setAsides.Put(
                            tx, RevocationCases.Kind.Name, jti.ToString(), $"{plan.Missing} of {money} are not there.",
                            new() { ["refund"] = money.ToString(), ["missing"] = plan.Missing.ToString() });
                        return RevocationCases.NotCovered(money, plan.Missing);
                    }

                    await refund.Ask(tx, plan);
                    await setAsides.Resolve(tx, RevocationCases.Kind.Name, jti.ToString(), "revoked, and covered by then");
                }

                await change.End(tx, jti, request.Reason);

                return LicenceAnswer.Of((await Licences.Find(tx, jti))!, caller, null) with { Refund = owed };
            },
            stop);
    }

    private static bool May(LicenceView licence, Caller caller) =>
        licence.Creator == caller.Organisation || licence.Buyer == caller.Organisation || caller.IsOperator;

    internal sealed record Request(string Reason);
}
