using Tallystick.Core.Ids;
using Tallystick.Core.Usage;

namespace Tallystick.Server.Tests.Support;

/// <summary>A gate of its own that was leased so much of a licence's meter, and what its events of the licence name.</summary>
internal sealed record Reporter(GateId Gate, Guid Pseudonym, Guid Unit)
{
    public static async Task<Reporter> Leased(TestServer server, LicenceId licence, Meter meter, long granted)
    {
        var gate = Guid.CreateVersion7();
        var stop = TestContext.Current.CancellationToken;
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into access.gate (id, name, last_epoch, created_at) values (@gate, @gate::text, 1, now());
                insert into access.lease (gate, epoch, licence_id, meter, granted, expires_at)
                values (@gate, 1, @licence, @Meter, @granted, now());
                """,
                new { gate, licence, Meter = (short)meter, granted }),
            stop);
        return (await server.Database.QueryOne<Reporter>(
            """
            select @gate::uuid as gate, l.pseudonym, w.unit_id as unit
            from licensing.licence l join catalog.work w on w.id = l.work_id where l.id = @licence
            """,
            new { gate, licence },
            stop))!;
    }
}
