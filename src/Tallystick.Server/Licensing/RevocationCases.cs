using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>A creator wants to revoke a sold licence at a cost that would be the operator's, who decides.</summary>
internal static class RevocationCases
{
    public static readonly SetAsideKind Kind = new(
        "licensing.revocation_uncovered",
        "A creator would revoke a sale, and cannot give it back, or has given back as much as is free.",
        "The licence is valid. A sale that is given back costs you what the gateway keeps of it, so a creator may do that only as often "
        + "as you have set; beyond, revoke it for them if you know why. What is missing was paid out, to the creator or to others who have a share, and the refund would be "
        + "your loss. Ask the creator why; revoke it at your cost, or as a debt of the creator's that later earnings settle, if you "
        + "trust that there will be any; or leave it valid. This ends by itself when the creator revokes it and it is covered.",
        [
            new("creator_owes", "Revoke it, the creator owes what is missing", (services, tx, row, _) =>
                Revoke(services, tx, row, MissingBearer.Creator)),
            new("operator_bears", "Revoke it, the operator bears what is missing", (services, tx, row, _) =>
                Revoke(services, tx, row, MissingBearer.Operator)),
            SetAsideAction.Dismiss("Leave it valid"),
        ]);

    public static Refusal NotCovered(Money refund, Money missing) => LicensingProblems.RevocationNotCovered.With(
        $"{refund} would go back to the buyer, and {missing} of it are covered neither by what is unshared of the sale nor by what "
        + "is owed to you. The licence stays valid.",
        new Dictionary<string, object?> { ["refund"] = refund, ["missing"] = missing });

    private static async Task<Refusal?> Revoke(IServiceProvider services, Tx tx, SetAsideRow row, MissingBearer bearer)
    {
        var refund = services.GetRequiredService<RefundRevoked>();
        if (!LicenceId.TryParse(row.Subject, null, out var id) || await Licences.Find(tx, id) is not { } licence ||
            await refund.Quote(tx, licence) is not { } money)
        {
            return Problems.Conflict.With("By now there is nothing to give back: it has ended, or its payment is contested.");
        }

        await refund.Ask(tx, await refund.Plan(tx, licence, money), bearer);
        await services.GetRequiredService<ChangeStatus>().End(tx, id, "Its creator took it back, as the operator allowed.");
        return null;
    }
}
