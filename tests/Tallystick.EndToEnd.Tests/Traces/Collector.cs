using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;

namespace Tallystick.EndToEnd.Tests.Traces;

/// <summary>A span as it arrived: ids in hex, attributes as text.</summary>
internal sealed record Span(string Service, string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Attributes);

/// <summary>
/// The least that receives traces by OTLP over HTTP (opentelemetry-proto, <c>trace/v1/trace.proto</c>): it keeps the bytes of
/// every export and reads the fields that matter here.
/// </summary>
internal sealed class Collector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<byte[]> _exports = new();

    public Collector()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add(Url + "/v1/traces/");
        _listener.Start();
        _ = Receive();
    }

    public string Url { get; }

    public IReadOnlyList<byte[]> Exports => [.. _exports];

    public List<Span> Spans() => [.. Exports.SelectMany(export => Each(export, 1)).SelectMany(OfResource)];

    public void Dispose() => _listener.Close();

    private async Task Receive()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                _exports.Enqueue(body.ToArray());
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static IEnumerable<Span> OfResource(byte[] resourceSpans)
    {
        var service = Attributes(Each(resourceSpans, 1).SelectMany(resource => Each(resource, 1)))["service.name"];
        return Each(resourceSpans, 2).SelectMany(scope => Each(scope, 2)).Select(span => new Span(
            service, Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(Each(span, 5)), Attributes(Each(span, 9))));
    }

    private static Dictionary<string, string> Attributes(IEnumerable<byte[]> pairs) => pairs.ToDictionary(
        pair => Text(Each(pair, 1)), pair => Each(pair, 2).Select(value => Text(Each(value, 1))).FirstOrDefault() ?? "");

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Each(message, field).FirstOrDefault() ?? []);

    private static string Text(IEnumerable<byte[]> values) => System.Text.Encoding.UTF8.GetString(values.FirstOrDefault() ?? []);

    /// <summary>The length-delimited values of one field of a message.</summary>
    private static List<byte[]> Each(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }
}
