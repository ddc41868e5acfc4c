using System.Net;
using System.Text;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>What the log calls a failure is one of ours: a caller's mistake is the caller's to read.</summary>
public sealed class FailureLogTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bad_input_is_told_to_the_caller_and_is_no_failure_in_the_log()
    {
        using var log = new LogRecorder();
        await using var server = await TestServer.Start(postgres, log: log);
        using var client = server.Client();

        using var body = new StringContent("{ \"email\": nonsense", Encoding.UTF8, "application/json");
        var answer = await client.PostAsync("/v1/organisations", body, Stop);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        log.Lines.ShouldNotContain(line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_of_ours_stands_in_the_log()
    {
        using var log = new LogRecorder();
        await using var server = await TestServer.Start(postgres, log: log);
        using var client = server.Client();
        await server.Database.InTransaction(tx => tx.Execute("alter table catalog.work rename to elsewhere"), Stop);

        var answer = await client.GetAsync("/v1/works", Stop);

        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        log.Lines.ShouldContain(line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("catalog.work"));
    }
}
