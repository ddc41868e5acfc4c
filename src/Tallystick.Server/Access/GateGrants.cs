using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Access;

/// <summary>Says what gates were granted, to whoever counts what they delivered (<see cref="UsageGrants"/>).</summary>
internal sealed class GateGrants(Epochs epochs, Offers offers, Books books, TimeProvider clock)
{
    public UsageGrants Port => new(
        async (tx, gate, epoch, token) => (await epochs.Speaking(tx, gate, epoch, token)).Refusal, LastEpoch, Granted, Cover);

    private static async Task<long> LastEpoch(Tx tx, GateId gate) =>
        await tx.QueryOne<long?>("select last_epoch from access.gate where id = @gate", new { gate }) ?? 0;

    private static async Task<IReadOnlyDictionary<(LicenceId Licence, Meter Meter), long>> Granted(
        Tx tx, GateId gate, long epoch, IReadOnlyCollection<(LicenceId Licence, Meter Meter)> asked) => asked.Count == 0
        ? new Dictionary<(LicenceId, Meter), long>()
        : (await tx.Query<Row>(
            """
            select l.licence_id, l.meter::int as meter, l.granted
            from unnest(@Licences, @Meters) a (licence_id, meter)
            join access.lease l on l.gate = @gate and l.epoch = @epoch and l.licence_id = a.licence_id and l.meter = a.meter
            """,
            new
            {
                gate,
                epoch,
                Licences = asked.Select(a => a.Licence.Value).ToArray(),
                Meters = asked.Select(a => (short)a.Meter).ToArray(),
            })).ToDictionary(r => (r.LicenceId, r.Meter), r => r.Granted);

    /// <summary>1 The wallet's lock: a hold is raised. 2 The lease, as if it had been asked for. 3 The hold, by as much.</summary>
    private async Task Cover(Tx tx, GateId gate, long epoch, LicenceId id, Meter meter, long total)
    {
        var licence = await Licences.Find(tx, id) ?? throw new InvalidOperationException($"{id} is not known.");
        var offer = await offers.Find(tx, licence.OfferId)
            ?? throw new InvalidOperationException($"{id} names an offer that is not there.");
        var (price, most) = AnswerLeases.Limits(licence, offer.Price, meter);
        // 1
        if (price is not null)
        {
            await books.Lock(tx, LedgerAccount.Of(AccountKind.BuyerPrepaid, licence.Buyer, price.Amount.Currency));
        }

        await AnswerLeases.LockedCredit(tx, licence, meter, price, most);
        // 2
        var key = new { Gate = gate, Epoch = epoch, LicenceId = id, Meter = (short)meter, Total = total, Now = clock.GetUtcNow() };
        var granted = await tx.QueryOne<long?>(
            """
            select granted from access.lease
            where gate = @Gate and epoch = @Epoch and licence_id = @LicenceId and meter = @Meter for update
            """,
            key) ?? 0;
        if (granted >= total)
        {
            return;
        }

        await tx.Execute(
            """
            insert into access.lease (gate, epoch, licence_id, meter, granted, expires_at, version)
            values (@Gate, @Epoch, @LicenceId, @Meter, @Total, @Now, 1)
            on conflict (gate, epoch, licence_id, meter) do update set granted = @Total, version = lease.version + 1
            """,
            key);
        // 3
        await tx.Execute(
            "update access.credit set granted_total = granted_total + @More where licence_id = @LicenceId and meter = @Meter",
            new { More = total - granted, LicenceId = id, Meter = (short)meter });
    }

    private sealed record Row(LicenceId LicenceId, Meter Meter, long Granted);
}
