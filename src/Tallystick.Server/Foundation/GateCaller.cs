using System.Security.Claims;
using Tallystick.Core.Ids;

namespace Tallystick.Server.Foundation;

/// <summary>A gate that showed its secret. Not an organisation: it may follow the feed, lease and report, and nothing else.</summary>
internal sealed record GateCaller(GateId Gate)
{
    public const string Policy = "gate";
    public const string Scheme = "gate";
    public const string SecretPrefix = "tgk_";
    public const string GateClaim = "gate";

    public static ValueTask<GateCaller?> BindAsync(HttpContext context) => new(
        GateId.TryParse(context.User.FindFirstValue(GateClaim), null, out var gate) ? new GateCaller(gate) : null);
}
