using System.Text;
using Tallystick.Gate.Tests.Support;
using Tallystick.Tests;

namespace Tallystick.Gate.Tests;

/// <summary>Alarms about a gate itself, as far as it can tell: they ring about what it really prints.</summary>
public sealed class AlertRulesTests
{
    [Fact]
    public async Task Every_alarm_about_a_gate_names_what_its_metrics_print()
    {
        await using var gate = await TestGate.Start();
        using var ask = new HttpRequestMessage(HttpMethod.Get, "/metrics");

        var printed = AlertRules.Printed(Encoding.UTF8.GetString((await gate.Send(ask)).Bytes));

        var named = AlertRules.Named.SelectMany(a => a).Where(name => name.StartsWith("tally_gate_", StringComparison.Ordinal)).ToList();
        named.ShouldNotBeEmpty();
        named.ShouldBeSubsetOf(printed);
    }
}
