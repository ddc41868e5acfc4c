using System.Net.Http.Headers;
using System.Net.Http.Json;
using Google.Protobuf;
using Tallystick.Core.Gates;
using Tallystick.Core.Json;
using Tallystick.Core.Usage.Wire;
using Tallystick.Server.Metering;

namespace Tallystick.Server.Tests.Support;

/// <summary>A gate's calls, over HTTP with its secret.</summary>
internal static class GateCalls
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Gets an epoch and speaks for it from then on.</summary>
    public static async Task<EpochGrant> Begin(this HttpClient gate, Guid? instance = null, EndedEpoch? ended = null)
    {
        var answer = await gate.PostAsJsonAsync(
            "/gate/v1/epochs", new EpochRequest(instance ?? Guid.CreateVersion7(), ended), TallyJson.Options, Stop);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(Stop));
        var grant = (await answer.Content.ReadFromJsonAsync<EpochGrant>(TallyJson.Options, Stop))!;
        return gate.SpeakFor(grant);
    }

    public static EpochGrant SpeakFor(this HttpClient gate, EpochGrant grant)
    {
        gate.DefaultRequestHeaders.Remove(EpochTokenHeader.Name);
        gate.DefaultRequestHeaders.Add(EpochTokenHeader.Name, grant.Token);
        return grant;
    }

    public static Task<HttpResponseMessage> Report(this HttpClient gate, IngestUsage.Batch batch)
    {
        var wire = new UsageBatch
        {
            Emitter = ByteString.CopyFrom(batch.Emitter.Value.ToByteArray(bigEndian: true)), Epoch = (ulong)batch.Epoch,
        };
        wire.Events.AddRange(batch.Events.Select(e => e.ToWire()));
        return gate.PostAsync(
            "/gate/v1/usage",
            new ByteArrayContent(wire.ToByteArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-protobuf") } },
            Stop);
    }
}
