using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing.Contracts;

/// <summary>The status of a licence changed: ended for good, suspended, or valid again.</summary>
internal sealed record LicenceRevoked(LicenceId LicenceId, LicenceStatus Status, string Reason) : IEvent
{
    public static string Type => "licence.revoked";

    string IEvent.Key => LicenceId.ToString();
}

/// <summary>A licence is valid for longer.</summary>
internal sealed record LicenceRenewed(LicenceId LicenceId, DateTimeOffset Expires) : IEvent
{
    public static string Type => "licence.renewed";

    string IEvent.Key => LicenceId.ToString();
}

/// <summary>A signing key was published or taken back.</summary>
internal sealed record SigningKeyChanged(string Kid) : IEvent
{
    public static string Type => "signing_key.changed";

    string IEvent.Key => Kid;
}
