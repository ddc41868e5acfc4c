using Tallystick.Core.Access;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage;
using Tallystick.Gate.Credentials;
using Tallystick.Gate.Credit;
using Tallystick.Gate.Feed;

namespace Tallystick.Gate.Delivery;

/// <summary>What a request was allowed: which bytes, under which licence, counted how.</summary>
internal struct DeliveryPlan
{
    public FileEntry File;
    public VerifiedToken Token;
    public ChargeRule Rule;
    public ulong Pass;
    public int Status;
    public long Offset;
    public long Length;
    public long NowMs;

    public readonly LicenceAccount Account => Token.Account;

    public readonly UseKey Use => new(File.UnitId, Pass);

    public readonly UsageFacts Facts(Core.Ids.RequestId request) => new(
        File.WorkId, File.UnitId, Token.Facts.LicenceId, Token.Facts.Buyer, request, Pass, Evidence.GateFlushed);
}
