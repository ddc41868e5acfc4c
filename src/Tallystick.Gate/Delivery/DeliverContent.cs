using Microsoft.Win32.SafeHandles;
using Tallystick.Gate.Credit;
using Tallystick.Hosting;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// The last step of a delivery that was allowed and for which quantities are set aside: content from memory or from its file, of
/// which the beginning is checked before anything is said; what is missing or wrong is neither delivered nor charged.
/// </summary>
internal sealed class DeliverContent(BlobCache blobs, ContentCheck checks, DeliverBody body, DeliverContent.Surroundings around)
{
    /// <summary>Whom it answers with, and whom it tells.</summary>
    internal sealed record Surroundings(DeliverAtOnce AtOnce, LeaseBroker Leases, RefuseAccess Refuse, GateMetrics Metrics);

    public Task Handle(HttpContext context, in DeliveryPlan plan, long reserved)
    {
        KeepAhead(plan);
        var blob = plan.File.Blob;
        var content = blobs.Find(blob);
        var file = content is null ? blobs.Open(blob) : null;
        if (content is null && file is null)
        {
            return ContentMissing(context, plan, reserved);
        }

        return file is null || Holds(plan, file)
            ? Send(context, plan, reserved, content, file)
            : CheckAndSend(context, plan, reserved, file);
    }

    private async Task CheckAndSend(HttpContext context, DeliveryPlan plan, long reserved, SafeFileHandle file)
    {
        var isRight = true;
        try
        {
            for (var at = 0L; isRight && at < First(plan);)
            {
                var (offset, length) = Piece(plan, at);
                isRight = await checks.Check(plan.File.Blob, file, offset, length, context.RequestAborted);
                at += length;
            }
        }
        catch
        {
            file.Dispose();
            plan.Account.End(plan.Rule, plan.Use, plan.Rule.Bytes ? reserved : 0);
            throw;
        }

        if (isRight)
        {
            await Send(context, plan, reserved, null, file);
            return;
        }

        file.Dispose();
        await ContentMissing(context, plan, reserved);
    }

    private bool Holds(in DeliveryPlan plan, SafeFileHandle file)
    {
        for (var at = 0L; at < First(plan);)
        {
            var (offset, length) = Piece(plan, at);
            if (!checks.Holds(plan.File.Blob, file, offset, length))
            {
                return false;
            }

            at += length;
        }

        return true;
    }

    private static (long Offset, long Length) Piece(in DeliveryPlan plan, long at)
    {
        var (offset, length) = plan.At(at, out _);
        return (offset, Math.Min(length, First(plan) - at));
    }

    private Task Send(HttpContext context, in DeliveryPlan plan, long reserved, byte[]? content, SafeFileHandle? file)
    {
        CrashPoint.Reach("gate.reserved");
        around.Metrics.Began();
        return plan.Length <= DeliverBody.HoldBackBytes
            ? around.AtOnce.Handle(context, plan, content, file)
            : body.InSlices(context, plan, content, file, reserved);
    }

    private Task ContentMissing(HttpContext context, in DeliveryPlan plan, long reserved)
    {
        plan.Account.End(plan.Rule, plan.Use, plan.Rule.Bytes ? reserved : 0);
        return around.Refuse.ContentMissing(context);
    }

    // So much is known to be right before anything is said; of a longer one the rest is checked as it is read.
    private static long First(in DeliveryPlan plan) => Math.Min(plan.Length, DeliverBody.HoldBackBytes);

    private void KeepAhead(in DeliveryPlan plan)
    {
        if (plan.Rule.Bytes)
        {
            around.Leases.KeepAhead(plan.Account, plan.Account.Bytes);
        }

        if (plan.Rule.Uses)
        {
            around.Leases.KeepAhead(plan.Account, plan.Account.Uses);
        }
    }
}
