using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tallystick.Hosting;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>What stands in the logs of server and gate.</summary>
public sealed partial class LogLinesTests
{
    private readonly SetClock _clock = new();
    private readonly LogLines _lines;

    public LogLinesTests() => _lines = new LogLines(_clock);

    [Fact]
    public void A_line_says_when_how_bad_which_event_and_where()
    {
        var line = Said(LogLevel.Warning, 7001, "The server does not answer.");

        line.ShouldBe("2026-11-30T06:45:18.123Z WARN 7001 Tallystick.Gate.Feed: The server does not answer.\n");
    }

    [Fact]
    public void No_text_from_outside_looks_like_a_line_of_its_own()
    {
        var said = Said(LogLevel.Error, 1, "A title\n2026-01-01T00:00:00.000Z INFO 1 Forged: all is well", new InvalidOperationException("one\r\ntwo"));

        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => Stamp().IsMatch(line)).ShouldBe(1);
        said.ShouldContain("\n    two");
    }

    [Fact]
    public void The_same_failure_is_said_once_a_minute_with_a_count()
    {
        var first = Said(LogLevel.Error, 1003, "Worker failed.");
        var repeated = string.Concat(Enumerable.Range(0, 40).Select(_ => Said(LogLevel.Error, 1003, "Worker failed.")));
        var other = Said(LogLevel.Error, 1003, "Another worker failed.");
        _clock.Advance(TimeSpan.FromSeconds(61));
        var later = Said(LogLevel.Information, 14, "Something else.").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var again = Said(LogLevel.Error, 1003, "Worker failed.");

        first.ShouldContain("Worker failed.");
        repeated.ShouldBeEmpty();
        other.ShouldContain("Another worker failed.");
        later.Length.ShouldBe(2);
        later[0].ShouldMatch(@"ERROR 1003 Tallystick\.Gate\.Feed: Worker failed\. \(40 more since \d\d:\d\d:\d\dZ\)$");
        later[1].ShouldContain("Something else.");
        again.ShouldContain("Worker failed.");
    }

    [Fact]
    public void What_is_no_warning_is_said_each_time()
    {
        for (var i = 0; i < 3; i++)
        {
            Said(LogLevel.Information, 14, "A download ended.").ShouldContain("INFO 14");
        }
    }

    private string Said(LogLevel level, int id, string message, Exception? failure = null)
    {
        using var text = new StringWriter();
        _lines.Write(new LogEntry<string>(level, "Tallystick.Gate.Feed", new(id), message, failure, (state, _) => state), null, text);
        return text.ToString();
    }

    /// <summary>A clock that stands until it is set forward.</summary>
    private sealed class SetClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 11, 30, 6, 45, 18, 123, TimeSpan.Zero);

        public void Advance(TimeSpan by) => _now += by;

        public override DateTimeOffset GetUtcNow() => _now;
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")]
    private static partial Regex Stamp();
}
