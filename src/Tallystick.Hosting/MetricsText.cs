using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Tallystick.Hosting;

/// <summary>
/// Prometheus text format 0.0.4 of the product's instruments and of ASP.NET's. Counters and histograms (as sum and
/// count) add up from the start of the process; gauges are read when asked.
/// </summary>
public sealed class MetricsText : IDisposable
{
    private const int SeriesMost = 2_000;
    private readonly ConcurrentDictionary<(string Name, string Labels), Series> _series = new();
    private readonly MeterListener _listener = new();

    /// <summary>Starts listening.</summary>
    /// <param name="perRequest">
    /// Whether the host's own instruments are read: they cost several microseconds a request, which a gate does not have.
    /// </param>
    public MetricsText(bool perRequest = true)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name is Telemetry.Name or "Npgsql" ||
                (perRequest && instrument.Meter.Name == "Microsoft.AspNetCore.Hosting"))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<int>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<double>((i, v, tags, _) => Record(i, v, tags));
        _listener.Start();
    }

    /// <summary>Sets a gauge of this process that is worked out only when it is asked for.</summary>
    /// <param name="tag">What tells series of one name apart; null when there is one.</param>
    public void Set(string name, string? tag, string tagValue, double value) =>
        Record("gauge", name, value, tag is null ? [] : [KeyValuePair.Create(tag, (object?)tagValue)]);

    /// <summary>All series, sorted by name.</summary>
    public string Render()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        // A copy first: sorting asks a live dictionary for its size and then for its rows, and requests add rows meanwhile.
        foreach (var group in _series.ToArray().OrderBy(s => s.Key.Name, StringComparer.Ordinal).GroupBy(s => s.Key.Name))
        {
            var kind = group.First().Value.Kind;
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {group.Key} {kind}\n");
            foreach (var (key, series) in group)
            {
                series.Write(text, key.Name, key.Labels);
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Record(KindOf(instrument), instrument.Name, value, tags);

    private void Record(string kind, string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = (Clean(name), Labels(tags));
        // A label that an attacker can vary must not eat the memory: what is beyond the limit is not recorded.
        if (_series.TryGetValue(key, out var series) || (_series.Count < SeriesMost &&
            (series = _series.GetOrAdd(key, _ => new Series(kind))) is not null))
        {
            series.Add(value);
        }
    }

    private static string KindOf(Instrument instrument)
    {
        var type = instrument.GetType().Name;
        return type.Contains("Histogram", StringComparison.Ordinal) ? "summary"
            : type.Contains("Gauge", StringComparison.Ordinal) ? "gauge"
            : type.StartsWith("Observable", StringComparison.Ordinal) ? "untyped"
            : type.Contains("UpDown", StringComparison.Ordinal) ? "gauge_sum" : "counter";
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder("{");
        foreach (var (name, value) in tags)
        {
            var quoted = Convert.ToString(value, CultureInfo.InvariantCulture)?
                .Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length == 1 ? "" : ",").Append(Clean(name)).Append("=\"").Append(quoted).Append('"');
        }

        return text.Append('}').ToString();
    }

    private static string Clean(string name) =>
        string.Create(name.Length, name, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                to[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
            }
        });

    private sealed class Series(string kind)
    {
        private readonly Lock _lock = new();
        private double _sum;
        private long _count;

        public string Kind => kind == "gauge_sum" ? "gauge" : kind;

        public void Add(double value)
        {
            lock (_lock)
            {
                _sum = kind is "gauge" or "untyped" ? value : _sum + value;
                _count++;
            }
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            lock (_lock)
            {
                if (kind == "summary")
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}_sum{labels} {_sum:R}\n");
                    text.Append(CultureInfo.InvariantCulture, $"{name}_count{labels} {_count}\n");
                }
                else
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {_sum:R}\n");
                }
            }
        }
    }
}
