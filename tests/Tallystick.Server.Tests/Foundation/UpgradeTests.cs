using Microsoft.Extensions.DependencyInjection;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>What an operator meets on the way from one version to the next, and back.</summary>
public sealed class UpgradeTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_older_version_refuses_a_newer_database_and_names_what_it_does_not_know()
    {
        await using var server = await TestServer.Start(postgres);
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into foundation.migration (module, number, name, sha256)
                values ('Metering', 997, 'from-next-year', ''), ('Treasury', 1, 'a-new-module', '')
                """),
            Stop);

        var refused = await Should.ThrowAsync<InvalidConfigurationException>(
            () => server.Services.GetRequiredService<Migrator>().Run(Stop));

        refused.Message.ShouldContain("Metering/997-from-next-year, Treasury/001-a-new-module");
        refused.Message.ShouldContain("start the newer version");
        refused.Message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task A_disk_that_is_full_is_named_by_the_health_and_on_the_operators_page()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Server:DiskMegabytesLeast"] = "2000000000" });
        using var client = server.Client(TestServer.OperatorKey);

        using var ready = await client.GetAsync("/health/ready", Stop);

        ((int)ready.StatusCode).ShouldBe(503);
        (await ready.Content.ReadAsStringAsync(Stop)).ShouldBe("Unhealthy: disk");
        (await client.GetAsync("/health/live", Stop)).IsSuccessStatusCode.ShouldBeTrue();
        using var page = new HttpRequestMessage(HttpMethod.Get, "/operator") { Headers = { { "Accept", "text/html" } } };
        using var shown = await client.SendAsync(page, Stop);
        (await shown.Content.ReadAsStringAsync(Stop)).ShouldContain($"the disk of {server.Folder} is full");
    }
}
