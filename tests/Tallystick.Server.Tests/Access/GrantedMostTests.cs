using System.Net;
using System.Net.Http.Json;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Usage;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Access;

/// <summary>What one gate is granted in an hour has an end, and nobody reaches it for the others.</summary>
public sealed class GrantedMostTests(Postgres postgres)
{
    private static readonly Guid Folder = new(1, 0, 0, new byte[8]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>
    /// One buyer, who is the creator as well: a cent a byte, twelve licences, one byte of each, then nothing for five minutes, and
    /// again. The gate asks exactly so, and gives all the rest back each time.
    /// </summary>
    [Fact]
    public async Task One_buyer_who_uses_a_byte_now_and_then_does_not_stop_the_gate_for_all_others()
    {
        await using var server = await TestServer.Start(postgres);
        var trapper = await Member.SignUp(server, "creator", "buyer");
        var (honest, creator) = (await Member.Buyer(server), await Member.Creator(server));
        var (trap, _) = await trapper.Published("Trap");
        var dear = await trapper.Offer(
            trap, new { amount = new { minor = 1_000_000, currency = "USD" }, meter = "bytes_delivered", per = 1_000_000 });
        var licences = new List<LicenceId>();
        for (var i = 0; i < 12; i++)
        {
            licences.Add((await trapper.Licence(dear)).Id);
        }

        var (work, _) = await creator.Published();
        var (paid, _) = await honest.Licence(await creator.MeteredOffer(work, 10));
        await LeaseTests.Prepay(server, trapper, 2_000_000);
        await LeaseTests.Prepay(server, honest, 1_000);
        await Wait.ForEvents(server);
        using var gate = server.Client(TestServer.GateSecret);
        var epoch = (await gate.Begin(Folder)).Epoch;
        var now = server.Clock.GetUtcNow();
        server.Clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(now.Ticks % TimeSpan.TicksPerHour) + TimeSpan.FromSeconds(1));

        var granted = 0L;
        for (var round = 1; round <= 7; round++)
        {
            var leased = new List<(LicenceId Id, LeaseGrant Grant)>();
            foreach (var id in licences)
            {
                var answer = await gate.PostAsJsonAsync(
                    "/gate/v1/leases", new LeaseRequest(id, Meter.BytesDelivered, epoch, round - 1, round - 1 + 4_000_000, round), TallyJson.Options, Stop);
                if (!answer.IsSuccessStatusCode)
                {
                    break;
                }

                var grant = (await answer.Content.ReadFromJsonAsync<LeaseGrant>(TallyJson.Options, Stop))!;
                leased.Add((id, grant));
                granted += grant.GrantedTotal - round + 1;
            }

            foreach (var (id, grant) in leased)
            {
                (await gate.PostAsJsonAsync(
                    "/gate/v1/leases/return",
                    new LeaseRequest(id, Meter.BytesDelivered, epoch, round, round, Version: grant.Version), TallyJson.Options, Stop))
                    .IsSuccessStatusCode.ShouldBeTrue();
            }

            server.Clock.Advance(TimeSpan.FromMinutes(5));
        }

        granted.ShouldBeGreaterThan(10_000_000, "more than a gate may be granted in an hour");
        var other = await gate.PostAsJsonAsync(
            "/gate/v1/leases", new LeaseRequest(paid, Meter.SegmentUnlocked, epoch, 0, 1, 1), TallyJson.Options, Stop);
        other.StatusCode.ShouldBe(HttpStatusCode.OK, await other.Content.ReadAsStringAsync(Stop));
    }
}
