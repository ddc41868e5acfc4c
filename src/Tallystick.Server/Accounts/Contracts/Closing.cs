using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts.Contracts;

/// <summary>
/// An organisation closed its account: nothing new is sold in its name, what was sold stays valid, what it is owed is paid
/// however little it is.
/// </summary>
internal sealed record OrganisationClosed(OrganisationId OrganisationId) : IEvent
{
    public static string Type => "organisation.closed";

    string IEvent.Key => OrganisationId.ToString();
}

/// <summary>
/// What a module knows of an organisation that wants to close its account. Asked, and not called: Accounts needs to know
/// neither wallets nor earnings.
/// </summary>
internal interface IClosingCheck
{
    /// <summary>Inside the transaction that closes; the organisation is locked.</summary>
    Task<ClosingView> Look(Tx tx, OrganisationId organisation);
}

/// <param name="Obstacles">What has to be done first and how, a sentence each; closing is refused with them.</param>
/// <param name="Debts">What the organisation owes. It hinders nothing, and stays owed.</param>
internal sealed record ClosingView(IReadOnlyList<string> Obstacles, IReadOnlyList<Money> Debts);
