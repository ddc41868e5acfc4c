using Tallystick.Core.Access;
using Tallystick.Core.Licences;
using Tallystick.Gate.Credit;

namespace Tallystick.Gate.Credentials;

/// <summary>A token whose signature holds, with what a request needs to know about it at hand.</summary>
internal sealed class VerifiedToken(TokenFacts facts, LicenceAccount account)
{
    public TokenFacts Facts { get; } = facts;

    public LicenceAccount Account { get; } = account;

    /// <summary>Found with the offer, which never changes; null until the offer was met.</summary>
    public ChargeRule? Rule { get; set; }
}

/// <summary>A token or why not.</summary>
internal readonly record struct TokenAnswer(VerifiedToken? Token, TokenFault Fault);
