using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>What can be wrong with usage, in words for the operator.</summary>
internal static class UsageCaseKinds
{
    private static readonly SetAsideAction Accept = new(
        "accept", "Bill it", (services, tx, row, _) => services.GetRequiredService<UsageCases>().Accept(tx, row));

    private static readonly SetAsideAction Void = new(
        "void", "Void it", (services, tx, row, _) => services.GetRequiredService<UsageCases>().Void(tx, row));

    public static void AddUsageCases(this IServiceCollection services)
    {
        Add(
            UsageFault.Malformed, "Usage that makes no sense",
            "The gate is broken or its secret is in other hands: look at the gate, change its secret, then void this.", [Void]);
        Add(
            UsageFault.EpochNotIssued, "Usage under a number that this server never gave to the gate",
            "After a restore of the database: accept what the gate delivered since the backup. Otherwise change the gate's secret and void it.");
        Add(
            UsageFault.UnknownLicence, "Usage of a licence that is not known here",
            "After a restore of the database, bring back the licence, then accept. If no buyer ever had it, change the gate's secret and void it.");
        Add(
            UsageFault.OtherWork, "Usage of a licence under a work that it is not for",
            "Accept bills it as usage of the licence's own work. A gate never delivers like this: look at the gate first.");
        Add(
            UsageFault.OtherBuyer, "Usage of a licence in the name of another buyer",
            "A gate never reports like this: look at the gate, change its secret, then void it.");
        Add(
            UsageFault.OtherUnit, "Usage of a unit that is no part of the licence's work",
            "A gate never delivers like this: look at the gate first.");
        Add(
            UsageFault.InTheFuture, "Usage that claims a time that has not come",
            "Set the clock of the gate right. Accept bills it as of the time it arrived.");
        Add(
            UsageFault.TooOld, "Usage that claims a time long past",
            "A gate that was cut off for months, or whose clock was wrong. Accept bills it under the rules of the time it claims.");
        Add(
            UsageFault.BeyondGrant, "More usage than the gate was allowed to deliver",
            "After a restore of the database, leases made since the backup are not known: accept. Otherwise the gate is broken or its secret is in other hands.");
        services.AddSetAsideKind(new SetAsideKind(
            EpochSteps.Stuck, "Usage of one gate's epoch cannot be counted or sealed",
            "Usage of all others goes on, and this is tried again every minute: the reason says what is missing. It is resolved by itself.", []));

        void Add(string fault, string title, string whatToDo, IReadOnlyList<SetAsideAction>? actions = null) =>
            services.AddSetAsideKind(new SetAsideKind(UsageFault.Kind(fault), title, whatToDo, actions ?? [Accept, Void]));
    }
}
