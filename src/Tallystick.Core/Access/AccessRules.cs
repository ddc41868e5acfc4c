using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Access;

/// <summary>The decisions of a gate that need nothing but facts. Same input, same answer.</summary>
public static class AccessRules
{
    /// <summary>How far two honest clocks may differ: tokens are taken this long before and after their time.</summary>
    public const long ClockToleranceSeconds = 60;

    /// <summary>Whether a verified token covers a request, before anything is counted.</summary>
    /// <param name="facts">What the token says.</param>
    /// <param name="work">The work that is asked for.</param>
    /// <param name="status">What the status list says of the licence.</param>
    /// <param name="declaredUse">The use that the client declared, or null.</param>
    /// <param name="nowSeconds">Seconds since 1970.</param>
    public static AccessVerdict Judge(
        TokenFacts facts, WorkId work, LicenceStatus status, string? declaredUse, long nowSeconds)
    {
        ArgumentNullException.ThrowIfNull(facts);
        // The lasting reasons come first: someone whose licence was revoked is not told to wait for tomorrow.
        return status == LicenceStatus.Invalid ? AccessVerdict.Revoked
            : facts.WorkId != work ? AccessVerdict.WrongWork
            : nowSeconds - ClockToleranceSeconds >= facts.Expires ? AccessVerdict.Expired
            : nowSeconds + ClockToleranceSeconds < facts.NotBefore ? AccessVerdict.NotYetValid
            : status != LicenceStatus.Valid ? AccessVerdict.Suspended
            : facts.RightsScope.Count == 0 ? AccessVerdict.ScopeNotGranted
            : declaredUse is not null && !facts.RightsScope.Contains(declaredUse) ? AccessVerdict.ScopeNotGranted
            : AccessVerdict.Allow;
    }

    /// <summary>The answer to a token that did not verify.</summary>
    public static AccessVerdict Judge(TokenFault fault) => fault switch
    {
        TokenFault.None => AccessVerdict.Allow,
        TokenFault.UnknownKey => AccessVerdict.KeyUnknown,
        TokenFault.HolderKeyNeeded => AccessVerdict.HolderKeyNeeded,
        _ => AccessVerdict.TokenNotValid,
    };

    /// <summary>The answer when a lease came to its end, by the word the server gave for it.</summary>
    public static AccessVerdict Judge(string? exhausted) => exhausted switch
    {
        null => AccessVerdict.CreditUnreachable,
        "wallet_empty" => AccessVerdict.WalletEmpty,
        "uses_exhausted" => AccessVerdict.UsesExhausted,
        _ => AccessVerdict.Suspended,
    };
}

/// <summary>Which quantities of a licence are limited and so must be leased before they are delivered.</summary>
/// <param name="Bytes">Every byte is paid from the wallet.</param>
/// <param name="Uses">Every use is paid from the wallet, or the number of uses is limited.</param>
/// <param name="Served">False when a gate that delivers files cannot count what the price is for.</param>
public readonly record struct ChargeRule(bool Bytes, bool Uses, bool Served)
{
    /// <summary>The rule of an offer's price and a licence's limit.</summary>
    public static ChargeRule For(Price price, long? maxUses)
    {
        ArgumentNullException.ThrowIfNull(price);
        return new(
            price.Meter == Meter.BytesDelivered,
            price.Meter == Meter.SegmentUnlocked || maxUses is not null,
            price.Meter is Meter.None or Meter.BytesDelivered or Meter.SegmentUnlocked);
    }
}
