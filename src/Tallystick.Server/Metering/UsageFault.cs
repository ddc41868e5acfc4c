namespace Tallystick.Server.Metering;

/// <summary>Why an event does not count, as it is stored; the kinds of set-aside rows are <c>metering.</c> and this.</summary>
internal static class UsageFault
{
    public const string Malformed = "malformed_usage";
    public const string EpochNotIssued = "epoch_not_issued";
    public const string UnknownLicence = "unknown_licence";
    public const string OtherWork = "other_work";
    public const string OtherBuyer = "other_buyer";
    public const string InTheFuture = "in_the_future";
    public const string TooOld = "too_old";
    public const string OtherUnit = "other_unit";
    public const string BeyondGrant = "beyond_grant";

    public static string Kind(string fault) => $"metering.{fault}";
}
