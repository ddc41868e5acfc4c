using System.Buffers;
using Microsoft.Extensions.Primitives;
using Microsoft.Win32.SafeHandles;
using Tallystick.Core.Gates;
using Tallystick.Core.Spool;
using Tallystick.Gate.Credit;
using Tallystick.Gate.Feed;
using Tallystick.Gate.Metering;
using Tallystick.Hosting;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// Sends bytes and charges those that were flushed. The last ones are held back until the record of all of them is durable,
/// so whoever has the whole was charged for it; an answer no longer than what is held back is for <see cref="DeliverAtOnce"/>.
/// While a longer one runs, every slice that was flushed is recorded, and no slice begins while more than
/// <see cref="GateOptions.CheckpointBytes"/> of all deliveries together are flushed and not durable: a crash costs no more.
/// Of a buyer who goes away, what had left us and did not arrive (<see cref="SendQueue"/>) is not charged; what may be charged
/// beyond what arrived are the slices that the server itself held, two at most, and what is held back if the end had begun.
/// </summary>
internal sealed class DeliverBody(
    LocalLog log, LeaseBroker leases, GateOptions options, DeliverBody.Instruments instruments)
{
    /// <summary>Held back until the final record is durable.</summary>
    public const int HoldBackBytes = 64 * 1024;

    /// <summary>Set aside at once by a delivery that is paid by the byte.</summary>
    public const long ReserveBytes = 1024 * 1024;

    private const int SliceBytes = 64 * 1024;
    private const string BufferingHeader = "X-Accel-Buffering";
    private static readonly StringValues Unbuffered = "no";

    /// <summary>What deliveries are timed, counted and, while they run, watched by.</summary>
    internal sealed record Instruments(GateClock Clock, RequestIds Ids, GateMetrics Metrics, Catalog Catalog, ContentCheck Checks);

    /// <summary>A long answer: sent in slices, charged as it goes.</summary>
    public async Task InSlices(
        HttpContext context, DeliveryPlan plan, byte[]? content, SafeFileHandle? file, long reserved)
    {
        var request = instruments.Ids.Next(plan.NowMs);
        using var queue = SendQueue.Of(context);
        var run = new Run(context, plan, content, file, new OpenDelivery(plan.Facts(request)))
        {
            Queue = queue,
            Reserved = plan.Rule.Bytes ? reserved : 0,
        };
        DeliverFile.WriteHead(context, plan, request);
        // A proxy that gathers the answer (nginx does) would take all of it for a reader of its first bytes.
        context.Response.Headers[BufferingHeader] = Unbuffered;
        log.Open(run.Open);
        try
        {
            while (plan.Length - run.Sent > HoldBackBytes)
            {
                if (!await SendSlice(run, (int)Math.Min(SliceBytes, plan.Length - run.Sent - HoldBackBytes)))
                {
                    context.Abort();
                    return;
                }
            }

            await SendLast(run, (int)(plan.Length - run.Sent));
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // The buyer went away, or the content or the log failed: the connection must not look complete.
            run.IsLeft |= context.RequestAborted.IsCancellationRequested;
            context.Abort();
        }
        finally
        {
            End(run);
        }
    }

    private async ValueTask<bool> SendSlice(Run run, int bytes)
    {
        if (!await Reserve(run, bytes))
        {
            return false;
        }

        while (log.FlushedNotDurable + bytes > options.CheckpointBytes)
        {
            await log.Durable();
        }

        await Write(run, bytes);
        log.Flushed(run.Open, bytes);
        CrashPoint.Reach("gate.mid_delivery");
        if (run.Open.Uncharged >= options.CheckpointBytes)
        {
            // What has not arrived yet stays open: should the buyer go away, it can still be let off.
            Charge(run, run.Open.Uncharged - run.NotArrived, null, null);
        }

        return true;
    }

    private async ValueTask SendLast(Run run, int bytes)
    {
        if (!await Reserve(run, bytes))
        {
            run.Context.Abort();
            return;
        }

        CrashPoint.Reach("gate.before_final_record");
        var waiter = DurableWaiter.Rent();
        var durable = waiter.Durable;
        Charge(run, run.Open.Uncharged + bytes, run.Open, waiter);
        run.Ended = true;
        await durable;
        CrashPoint.Reach("gate.after_final_record");
        await Write(run, bytes);
    }

    /// <summary>Sets aside what a slice needs, from the lease; false when there is no more, or the licence was revoked meanwhile.</summary>
    private async ValueTask<bool> Reserve(Run run, int bytes)
    {
        // A slow buyer could stretch one answer over hours: a revocation reaches also what flows already.
        if (instruments.Catalog.StatusOf(run.Plan.Token.Facts.LicenceId) != LicenceStatus.Valid)
        {
            return false;
        }

        var left = run.Reserved - run.Open.Uncharged;
        if (!run.Plan.Rule.Bytes || left >= bytes)
        {
            return true;
        }

        var more = Math.Min(ReserveBytes, run.Plan.Length - run.Sent) - left;
        var account = run.Plan.Account;
        if (leases.MustRenew(account.Bytes))
        {
            await leases.Renew(account, account.Bytes, 0, run.Context.RequestAborted);
        }

        for (var asked = 0; !account.TryContinue(run.Plan.Rule, more); asked++)
        {
            if (asked == LeaseBroker.AsksMost)
            {
                return false;
            }

            await leases.Ask(account, account.Bytes, run.Plan.Length - run.Sent, run.Context.RequestAborted);
        }

        run.Reserved += more;
        leases.KeepAhead(account, account.Bytes);
        return true;
    }

    /// <summary>So many bytes of content, and what stands in front of, between and after parts of it.</summary>
    private async ValueTask Write(Run run, int bytes)
    {
        while (bytes > 0)
        {
            var (offset, length) = run.Plan.At(run.Sent, out var begins);
            if (begins is { } part)
            {
                run.Context.Response.BodyWriter.Write(run.Plan.Framing!.HeadOf(part).Span);
            }

            var piece = (int)Math.Min(bytes, length);
            await WritePiece(run, offset, piece);
            bytes -= piece;
        }

        if (run.Sent == run.Plan.Length && run.Plan.Framing is { } framing)
        {
            await run.Context.Response.BodyWriter.WriteAsync(framing.End, run.Context.RequestAborted);
        }
    }

    private async ValueTask WritePiece(Run run, long offset, int bytes)
    {
        var aborted = run.Context.RequestAborted;
        ReadOnlyMemory<byte> slice;
        if (run.Content is not null)
        {
            slice = run.Content.AsMemory((int)offset, bytes);
        }
        else
        {
            var blob = run.Plan.File.Blob;
            if (!instruments.Checks.Holds(blob, run.File!, offset, bytes) && !await instruments.Checks.Check(blob, run.File!, offset, bytes, aborted))
            {
                throw new IOException("What comes next is not what was published.");
            }

            run.Buffer ??= ArrayPool<byte>.Shared.Rent(Math.Max(SliceBytes, HoldBackBytes));
            await Read(run.File!, run.Buffer.AsMemory(0, bytes), offset, aborted);
            slice = run.Buffer.AsMemory(0, bytes);
        }

        var flushed = await run.Context.Response.BodyWriter.WriteAsync(slice, aborted);
        // A flush that ended because the connection did has flushed nothing that counts; it may know before the request does.
        aborted.ThrowIfCancellationRequested();
        if (flushed.IsCompleted)
        {
            run.IsLeft = true;
            throw new OperationCanceledException("The connection has ended.");
        }

        run.Sent += bytes;
    }

    private void Charge(Run run, long bytes, OpenDelivery? ended, DurableWaiter? waiter)
    {
        run.Plan.Account.Charge(run.Plan.Rule, run.Open.Facts, bytes, instruments.Clock.NowMs, ended, waiter);
        run.Reserved -= run.Plan.Rule.Bytes ? bytes : 0;
    }

    private void End(Run run)
    {
        if (!run.Ended)
        {
            Charge(run, run.Open.Uncharged - (run.IsLeft ? run.NotArrived : 0), run.Open, null);
        }

        run.Plan.Account.End(run.Plan.Rule, run.Plan.Use, run.Reserved);
        instruments.Metrics.Delivered(run.Sent);
        Return(run.Buffer, run.File);
    }

    /// <summary>Fills memory from a file.</summary>
    internal static async ValueTask Read(SafeFileHandle file, Memory<byte> into, long offset, CancellationToken stop)
    {
        for (var read = 0; read < into.Length;)
        {
            var count = await RandomAccess.ReadAsync(file, into[read..], offset + read, stop);
            read += count > 0 ? count : throw new EndOfStreamException("The blob is shorter than its work says.");
        }
    }

    internal static void Return(byte[]? rented, SafeFileHandle? file)
    {
        file?.Dispose();
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>A long delivery under way.</summary>
    private sealed class Run(HttpContext context, DeliveryPlan plan, byte[]? content, SafeFileHandle? file, OpenDelivery open)
    {
        public HttpContext Context { get; } = context;

        public DeliveryPlan Plan { get; } = plan;

        public byte[]? Content { get; } = content;

        public SafeFileHandle? File { get; } = file;

        public OpenDelivery Open { get; } = open;

        public SendQueue? Queue { get; init; }

        /// <summary>What is flushed and not charged, as far as it has not arrived.</summary>
        public long NotArrived => Math.Min(Queue?.Bytes ?? 0, Open.Uncharged);

        /// <summary>The buyer went away.</summary>
        public bool IsLeft { get; set; }

        public byte[]? Buffer { get; set; }

        public long Sent { get; set; }

        /// <summary>Set aside and not charged yet.</summary>
        public long Reserved { get; set; }

        public bool Ended { get; set; }
    }
}
