namespace Tallystick.Core.Access;

/// <summary>What a gate answers to a request for bytes: everything it can come to, so that nothing falls through.</summary>
public enum AccessVerdict
{
    /// <summary>Deliver.</summary>
    Allow = 0,

    /// <summary>402: nothing was shown.</summary>
    NoCredential,

    /// <summary>401: something was shown that is not a token of ours.</summary>
    TokenNotValid,

    /// <summary>401: signed with a key that is not known (any more, or yet).</summary>
    KeyUnknown,

    /// <summary>401: a bearer showed a token that is bound to a key.</summary>
    HolderKeyNeeded,

    /// <summary>401: its time is over.</summary>
    Expired,

    /// <summary>401: its time has not come.</summary>
    NotYetValid,

    /// <summary>403: revoked for good.</summary>
    Revoked,

    /// <summary>403: suspended, may come back.</summary>
    Suspended,

    /// <summary>403: for another work.</summary>
    WrongWork,

    /// <summary>403: a link to another file.</summary>
    WrongFile,

    /// <summary>401: in a URL stands a token that opens more than one file.</summary>
    NotForUrls,

    /// <summary>403: the declared use is not among the rights, or there are none.</summary>
    ScopeNotGranted,

    /// <summary>403: <c>max_uses</c> are used up.</summary>
    UsesExhausted,

    /// <summary>402: the wallet that pays for the licence does not cover this.</summary>
    WalletEmpty,

    /// <summary>403: priced by something that a gate delivering files does not count.</summary>
    MeterNotServed,

    /// <summary>503: the offer behind the licence has not reached this gate.</summary>
    OfferUnknown,

    /// <summary>503: a lease is needed and the server does not answer.</summary>
    CreditUnreachable,

    /// <summary>503: cut off from the server for longer than the policy allows.</summary>
    CutOffTooLong,

    /// <summary>503: usage cannot be recorded, so nothing may be delivered.</summary>
    CannotMeter,
}
