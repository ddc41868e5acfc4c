using Tallystick.Client;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;

namespace Tallystick.Demo.Steps;

/// <summary>Three prices for the same work, and the rule by which its creators share.</summary>
internal static class OfferDigits
{
    private const int HoldbackBasisPoints = 500;
    private const int HoldbackDays = 30;

    public static async Task Run(World world, CancellationToken stop)
    {
        world.PerShard = await Offer(world, "0.20 USD per shard", stop);
        world.PerMegabyte = await Offer(world, "15.00 USD per MB", stop);
        world.Once = await Offer(world, "25.00 USD once", stop);

        var parts = world.Creators.Select(c => new SplitPart(c.ShareBasisPoints, c.Id)).ToList();
        var rule = new RoyaltyRule(parts, null, null, HoldbackBasisPoints, HoldbackDays);
        await Agree(world, rule, stop);
        await world.Creator.Client.SetRoyaltyRule(world.Work, rule, null, stop);
        var shares = string.Join(", ", world.Creators.Select(c => $"{c.Name} {c.ShareBasisPoints / 100}.{c.ShareBasisPoints % 100:00}%"));
        Screen.Say($"Rule: {shares}; {HoldbackBasisPoints / 100}% held back for {HoldbackDays} days");
    }

    /// <summary>Nobody is named by a stranger's rule: the first try only invites, and the others accept.</summary>
    private static async Task Agree(World world, RoyaltyRule rule, CancellationToken stop)
    {
        string? refused = null;
        try
        {
            await world.Creator.Client.SetRoyaltyRule(world.Work, rule, null, stop);
        }
        catch (TallyProblemException asked) when (asked.Kind == "payee-not-agreed")
        {
            refused = asked.Kind;
        }

        foreach (var other in world.Creators.Where(c => c != world.Creator))
        {
            foreach (var invitation in (await other.Client.RoyaltyInvitations(sent: false, null, stop)).Items)
            {
                await other.Client.AnswerInvitation(invitation.InvitationId, "accept", stop);
            }
        }

        var agreed = (await world.Creator.Client.RoyaltyInvitations(sent: true, null, stop)).Items.Count(i => i.State == "accepted");
        world.Screen.Check(
            "Nobody is named by a rule without having agreed", refused is not null && agreed == world.Creators.Count - 1,
            $"refused first, then {agreed} accepted");
    }

    private static async Task<OfferView> Offer(World world, string price, CancellationToken stop)
    {
        if (!AmountText.TryPrice(price, out var parsed))
        {
            throw new DemoException($"'{price}' is not a price.");
        }

        var terms = new Terms(["ai-train", "evaluate"], [], 365, null, [], Attribution: true, RefundDays: 0);
        var offer = await world.Creator.Client.CreateOffer(world.Work, terms, parsed, stop);
        Screen.Say(offer.Summary);
        return offer;
    }
}
