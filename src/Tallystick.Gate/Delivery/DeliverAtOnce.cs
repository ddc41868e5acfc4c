using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Tallystick.Gate.Metering;
using Tallystick.Hosting;

namespace Tallystick.Gate.Delivery;

/// <summary>A short answer: charged, then sent. Nothing of it leaves before the record of all of it is durable.</summary>
internal sealed class DeliverAtOnce(RefuseAccess refuse, DeliverBody.Instruments instruments)
{
    public async Task Handle(HttpContext context, DeliveryPlan plan, byte[]? content, SafeFileHandle? file)
    {
        byte[]? rented = null;
        var charged = false;
        var request = instruments.Ids.Next(plan.NowMs);
        try
        {
            if (content is null)
            {
                rented = ArrayPool<byte>.Shared.Rent((int)plan.Length);
                for (var at = 0L; at < plan.Length;)
                {
                    var (offset, length) = plan.At(at, out _);
                    await DeliverBody.Read(file!, rented.AsMemory((int)at, (int)length), offset, context.RequestAborted);
                    at += length;
                }
            }

            CrashPoint.Reach("gate.before_final_record");
            var waiter = DurableWaiter.Rent();
            var durable = waiter.Durable;
            plan.Account.Charge(plan.Rule, plan.Facts(request), plan.Length, plan.NowMs, null, waiter);
            plan.Account.End(plan.Rule, plan.Use, 0);
            charged = true;
            await durable;
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            if (!charged)
            {
                plan.Account.End(plan.Rule, plan.Use, plan.Rule.Bytes ? plan.Length : 0);
            }

            DeliverBody.Return(rented, file);
            await refuse.Failed(context, failure);
            return;
        }

        CrashPoint.Reach("gate.after_final_record");
        DeliverFile.WriteHead(context, plan, request);
        // Written with its memory: a plain Write before the head has left would be copied once more.
        var body = context.Response.BodyWriter;
        for (var at = 0L; at < plan.Length;)
        {
            var (offset, length) = plan.At(at, out var begins);
            if (begins is { } part)
            {
                body.Write(plan.Framing!.HeadOf(part).Span);
            }

            await body.WriteAsync(
                rented is null ? content.AsMemory((int)offset, (int)length) : rented.AsMemory((int)at, (int)length), CancellationToken.None);
            at += length;
        }

        if (plan.Framing is { } framing)
        {
            await body.WriteAsync(framing.End, CancellationToken.None);
        }

        instruments.Metrics.Delivered(plan.Length);
        DeliverBody.Return(rented, file);
    }
}
