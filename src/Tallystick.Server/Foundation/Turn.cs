namespace Tallystick.Server.Foundation;

/// <summary>
/// What one transaction at a time does, for all of the installation or for one thing of it (<see cref="Tx.Take(Turn, object?)"/>). Each has a
/// number of its own here, so that no two wait for each other by accident; a number is never used again for something else.
/// </summary>
internal enum Turn
{
    /// <summary>Numbering entries of the feed that gates follow.</summary>
    Feed = 3,

    /// <summary>Making or replacing the keys that sign licences.</summary>
    SigningKeys = 4,

    /// <summary>Making the first operator.</summary>
    Operator = 5,

    /// <summary>Making a partition for usage.</summary>
    UsagePartitions = 6,

    /// <summary>Adding events of an epoch up.</summary>
    RollUp = 7,

    /// <summary>Opening a billing run.</summary>
    BillingRun = 105,

    /// <summary>Changing the royalty rule of a work.</summary>
    RoyaltyRule = 106,

    /// <summary>Taking money out of a buyer's wallet other than by use.</summary>
    WalletRefund = 107,

    /// <summary>Opening a top-up of a buyer.</summary>
    TopUp = 108,

    /// <summary>Giving purchases back: of a buyer inside their windows, of a creator who revokes.</summary>
    GiveBack = 109,

    /// <summary>Asking for a payout to a payee.</summary>
    PayoutRequest = 130,

    /// <summary>Granting a licence of an offer to a buyer.</summary>
    Licence = 461,

    /// <summary>Naming a blob or taking it away.</summary>
    Blob = 462,

    /// <summary>Ending an upload of an organisation.</summary>
    Upload = 463,
}
