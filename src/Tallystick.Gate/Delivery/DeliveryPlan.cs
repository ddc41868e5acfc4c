using Tallystick.Core.Access;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage;
using Tallystick.Gate.Credentials;
using Tallystick.Gate.Credit;
using Tallystick.Gate.Feed;

namespace Tallystick.Gate.Delivery;

/// <summary>What a request was allowed: which bytes, under which licence, counted how. Lengths are of content, never of framing.</summary>
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

    public bool RangeIsValid;

    /// <summary>Of several ranges each; null of one, and of the whole.</summary>
    public IReadOnlyList<ByteRange>? Parts;

    /// <summary>What stands between them.</summary>
    public MultipartRanges? Framing;

    public readonly LicenceAccount Account => Token.Account;

    public readonly UseKey Use => new(File.UnitId, Pass);

    public readonly UsageFacts Facts(Core.Ids.RequestId request) => new(
        File.WorkId, File.UnitId, Token.Facts.LicenceId, Token.Facts.Buyer, request, Pass, Evidence.GateFlushed);

    /// <summary>Where in the file the content goes on after so many bytes of it, and how many follow there.</summary>
    /// <param name="sent">Bytes of content.</param>
    /// <param name="begins">The part that begins there; null within one, and where there is one only.</param>
    public readonly (long Offset, long Length) At(long sent, out int? begins)
    {
        begins = null;
        if (Parts is null)
        {
            return (Offset + sent, Length - sent);
        }

        var part = 0;
        for (; sent >= Parts[part].Length; part++)
        {
            sent -= Parts[part].Length;
        }

        begins = sent == 0 ? part : null;
        return (Parts[part].Offset + sent, Parts[part].Length - sent);
    }
}
