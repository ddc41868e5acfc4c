using Microsoft.Extensions.DependencyInjection;
using Tallystick.Server.Foundation;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

public sealed class EventsTests(Postgres postgres)
{
    [Fact]
    public async Task A_server_on_a_fresh_database_reports_ready()
    {
        await using var server = await TestServer.Start(postgres);
        using var client = server.Client();

        var ready = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);

        ready.IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task Migrations_can_run_twice()
    {
        await using var server = await TestServer.Start(postgres);

        await server.Services.GetRequiredService<Migrator>().Run(TestContext.Current.CancellationToken);

        var twice = await server.Database.Query<string>(
            "select name from foundation.migration group by module, number, name having count(*) > 1",
            null,
            TestContext.Current.CancellationToken);
        twice.ShouldBeEmpty();
    }
}
