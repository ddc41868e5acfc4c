using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Leases;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Access;

/// <summary>
/// Takes back what a gate will not deliver: by its own word, or, for an epoch whose log was lost, after a long time by what
/// has arrived. Never less than what arrived: that was delivered. Only who speaks for an epoch that has not ended gives back.
/// </summary>
internal sealed class ReturnLeases(Database database, Epochs epochs, SpentUsage spent, AccessOptions options, TimeProvider clock)
{
    public const string Worker = "leases-lost";
    private const int LeasesMost = 100;

    public static async Task<IResult> Handle(
        LeaseRequest request, GateCaller gate, ReturnLeases leases, [FromHeader(Name = EpochTokenHeader.Name)] string? token,
        CancellationToken stop) =>
        AnswerLeases.Check(request) is { } invalid
            ? invalid.ToHttp()
            : (await leases.Return(request, gate.Gate, token, stop)).ToHttp(Results.Ok);

    private Task<Outcome<LeaseGrant>> Return(LeaseRequest request, GateId gate, string? token, CancellationToken stop) =>
        database.InTransaction<Outcome<LeaseGrant>>(
            async tx =>
            {
                if (!(await epochs.Speaking(tx, gate, request.Epoch, token)).Succeeded(out var epoch, out var refusal))
                {
                    return refusal;
                }

                if (epoch.HasEnded)
                {
                    return AccessProblems.EpochFenced.With($"Epoch {request.Epoch} has ended.");
                }

                var lease = await tx.QueryOne<Lease>(
                    """
                    select gate, epoch, licence_id, meter::int as meter, granted, version from access.lease
                    where gate = @Gate and epoch = @LeasesOf and licence_id = @LicenceId and meter = @Meter for update
                    """,
                    new { Gate = gate, epoch.LeasesOf, request.LicenceId, Meter = (short)request.Meter });
                if (lease is null)
                {
                    return new LeaseGrant(0, clock.GetUtcNow());
                }

                // Refused, the gate hears what stands and may ask again.
                var isNewest = request.Version == lease.Version;
                var kept = await Lower(tx, lease, isNewest, request.SpentTotal);
                return new LeaseGrant(kept, clock.GetUtcNow(), Version: isNewest ? lease.Version + 1 : lease.Version);
            },
            stop);

    /// <summary>
    /// Settles leases of epochs that their gate has left, once they are old enough. They are kept: what arrives still later
    /// is compared with what they held, and is the operator's to decide about.
    /// </summary>
    public Task<bool> Step(CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            var lost = await tx.Query<Lease>(
                """
                select l.gate, l.epoch, l.licence_id, l.meter::int as meter, l.granted, l.version
                from access.lease l join access.gate g on g.id = l.gate
                where not l.settled and l.epoch < g.last_epoch and l.expires_at < @Before and not exists (
                  select 1 from access.epoch e where e.gate = g.id and e.number = g.last_epoch and e.leases_of = l.epoch)
                limit @LeasesMost for update of l skip locked
                """,
                new { Before = clock.GetUtcNow() - options.LostEpochAfter, LeasesMost });
            foreach (var lease in lost)
            {
                await Lower(tx, lease, isNewest: true, toldSpent: 0);
                await tx.Execute(
                    """
                    update access.lease set settled = true
                    where gate = @Gate and epoch = @Epoch and licence_id = @LicenceId and meter = @Meter
                    """,
                    lease.Key);
            }

            return lost.Count == LeasesMost;
        },
        stop);

    private async Task<long> Lower(Tx tx, Lease lease, bool isNewest, long toldSpent)
    {
        var arrived = await spent.Total(tx, lease.Gate, lease.Epoch, lease.LicenceId, lease.Meter);
        var kept = LeaseDecision.Keep(lease.Granted, isNewest, toldSpent, arrived);
        if (!isNewest)
        {
            return kept;
        }

        var stored = await tx.QueryOne<JsonNode>(
            """
            update access.credit set granted_total = granted_total - @Back
            where licence_id = @LicenceId and meter = @Meter returning price
            """,
            new { Back = lease.Granted - kept, lease.LicenceId, Meter = (short)lease.Meter });
        await tx.Execute(
            """
            update access.lease set granted = @Kept, version = version + 1
            where gate = @Gate and epoch = @Epoch and licence_id = @LicenceId and meter = @Meter
            """,
            new { Kept = kept, lease.Gate, lease.Epoch, lease.LicenceId, Meter = (short)lease.Meter });
        if (stored is not null && lease.Granted > kept)
        {
            var price = SqlTypes.FromJson<Price>(stored);
            await LeaseLimits.GaveBack(
                tx, lease.Gate, price.Cost(lease.Granted - kept).Ceiling(), price.Amount.Currency, clock.GetUtcNow());
        }

        return kept;
    }

    private sealed record Lease(GateId Gate, long Epoch, LicenceId LicenceId, Meter Meter, long Granted, long Version)
    {
        public object Key => new { Gate, Epoch, LicenceId, Meter = (short)Meter };
    }
}
