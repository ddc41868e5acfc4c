using System.Security.Cryptography;
using Tallystick.Client;

namespace Tallystick.Demo.Steps;

/// <summary>Three creators with payout accounts, two buyers.</summary>
internal static class MeetPeople
{
    /// <summary>Shares that do not divide evenly: every charge has a cent that must go somewhere.</summary>
    private static readonly (string Name, int ShareBasisPoints)[] Creators =
        [("Scanning Lab", 5_000), ("Labelling Cooperative", 3_333), ("Digit Writers", 1_667)];

    public static async Task Run(World world, CancellationToken stop)
    {
        foreach (var (name, share) in Creators)
        {
            world.Screen.Doing($"{name} signs up");
            world.Creators.Add(await SignUp(world, name, "creator", share, stop));
        }

        world.WalletBuyer = await SignUp(world, "Model Makers", "buyer", 0, stop);
        world.OnceBuyer = await SignUp(world, "University Archive", "buyer", 0, stop);
        foreach (var creator in world.Creators)
        {
            await OpenAccount(world, creator, stop);
        }
    }

    private static async Task<Actor> SignUp(World world, string name, string role, int share, CancellationToken stop)
    {
        using var nobody = new TallyClient(world.Settings.Server, apiKey: null);
        var (email, password) = ($"{Profiles.NameOf(name)}@demo.example", RandomNumberGenerator.GetHexString(16, lowercase: true));
        var signedUp = await nobody.SignUp(name, email, password, [role], stop);
        Screen.Say($"{name,-22} {role,-8} {signedUp.OrganisationId}");
        Profiles.SaveKey(world.Settings, name, signedUp.ApiKey);
        Profiles.SavePassword(world.Settings, email, password, role);
        return new Actor(name, signedUp.OrganisationId, new TallyClient(world.Settings.Server, signedUp.ApiKey), share);
    }

    private static async Task OpenAccount(World world, Actor creator, CancellationToken stop)
    {
        world.Screen.Doing($"{creator.Name} opens a payout account");
        await creator.Client.OpenPayoutAccount("US", stop);
        var before = await creator.Client.PayoutAccount(stop);
        await world.Stripe.Onboard(before.AccountId!, stop);
        var after = await Patience.For(
            "the payout account", t => creator.Client.PayoutAccount(t), a => a.Transfers == "active", stop);
        world.Screen.Check(
            $"{creator.Name} can be paid", after.Transfers == "active" && before.Transfers != "active",
            $"{after.AccountId}: transfers were {before.Transfers}, are {after.Transfers}");
    }
}
