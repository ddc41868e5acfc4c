using System.Text;
using Tallystick.EndToEnd.Tests.Faults;

namespace Tallystick.EndToEnd.Tests.Traces;

/// <summary>What server and gate tell a collector: whole traces across both, and nothing that opens anything or names anyone.</summary>
public sealed class TraceTests
{
    private const string BuyersTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Fact]
    public async Task One_trace_leads_from_the_buyers_request_through_gate_and_server_and_tells_no_secret()
    {
        using var collector = new Collector();
        await using var stage = await Stage.Open(new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        });
        using var story = new Story(stage.Place) { Traceparent = $"00-{BuyersTrace}-00f067aa0ba902b7-01" };
        await story.Prepare();
        stage.Gate.Begin();

        await story.Run();

        await Calls.Until(() => Task.FromResult(collector.Spans()), s => Leads(s, "/gate/v1/usage", "gate.upload_usage"), "an upload");
        var spans = collector.Spans();
        // A licence is sold: the buyer's call, the server, its database.
        var sale = spans.Single(s => s is { Trace: BuyersTrace, Service: "tallystick-server" } && Path(s) == "/v1/licences" && s.Attributes["http.request.method"] == "POST");
        spans.ShouldContain(s => s.Trace == BuyersTrace && s.Parent == sale.Id && s.Attributes.ContainsKey("db.system.name"));
        // It is used: the buyer's call, the gate, its question for a lease, the server.
        var lease = spans.First(s => s.Trace == BuyersTrace && Path(s) == "/gate/v1/leases");
        lease.Service.ShouldBe("tallystick-server");
        Ancestors(spans, lease).Select(s => s.Service).ShouldContain("tallystick-gate");
        // What was used is uploaded in its own time and counted: gate, server, database.
        var upload = spans.First(s => Path(s) == "/gate/v1/usage" && Ancestors(spans, s).Any(a => a.Name == "gate.upload_usage"));
        upload.Service.ShouldBe("tallystick-server");
        spans.ShouldContain(s => s.Trace == upload.Trace && s.Attributes.ContainsKey("db.system.name"));

        foreach (var secret in (string[])[.. story.Secrets, .. Stage.Secrets])
        {
            collector.Exports.Any(e => e.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) >= 0).ShouldBeFalse(secret);
        }

        spans.SelectMany(s => s.Attributes.Keys).Distinct()
            .Where(k => k is "client.address" or "network.peer.address" || k.StartsWith("user.", StringComparison.Ordinal) ||
                k.StartsWith("enduser.", StringComparison.Ordinal))
            .ShouldBeEmpty();
        // Statements have names in the place of values, and those begin with the same sign as the second half of an address.
        spans.SelectMany(s => s.Attributes).Where(a => a.Key != "db.query.text").ShouldAllBe(a => !a.Value.Contains('@'));
    }

    private static bool Leads(List<Span> spans, string path, string from) =>
        spans.Any(s => Path(s) == path && Ancestors(spans, s).Any(a => a.Name == from));

    private static string? Path(Span span) => span.Attributes.GetValueOrDefault("url.path");

    private static IEnumerable<Span> Ancestors(List<Span> spans, Span of)
    {
        for (var at = of; spans.Find(s => s.Trace == at.Trace && s.Id == at.Parent) is { } parent; at = parent)
        {
            yield return parent;
        }
    }
}
