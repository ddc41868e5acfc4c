using System.Net.Http.Headers;
using System.Net.Http.Json;
using Google.Protobuf;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Usage;
using Tallystick.Core.Usage.Wire;

namespace Tallystick.Server.Tests.Simulation;

/// <summary>
/// A gate by its protocol alone: it leases, delivers no more than it leased, keeps what it delivered until the server has
/// it, and sends it late, twice or in pieces.
/// </summary>
internal sealed class SimulatedGate(Func<HttpClient> http, Random random)
{
    private readonly Dictionary<LicenceId, (long Granted, long Spent, long Version)> _leases = [];
    private readonly List<UsageEvent> _spool = [];
    private readonly Guid _instance = Guid.CreateVersion7();
    private EpochGrant? _epoch;
    private long _seq;
    private long _acknowledged;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Delivers what a lease allows of what is wanted, and says how much that was.</summary>
    public async Task<long> Deliver(UsedLicence used, long wanted, DateTimeOffset at)
    {
        await Begin();
        var (granted, spent, version) = _leases.GetValueOrDefault(used.Licence);
        if (granted - spent < wanted)
        {
            var grant = await Ask(new LeaseRequest(
                used.Licence, Meter.BytesDelivered, _epoch!.Epoch, spent, spent + wanted, spent + wanted, version));
            (granted, version) = (grant.GrantedTotal, grant.Version);
        }

        var delivered = Math.Min(wanted, granted - spent);
        _leases[used.Licence] = (granted, spent + Math.Max(0, delivered), version);
        if (delivered <= 0)
        {
            return 0;
        }

        _spool.Add(Event(used, delivered, at));
        return delivered;
    }

    /// <summary>An event of which no lease knows: what a stolen secret can do.</summary>
    public async Task Forge(UsedLicence used, long quantity, DateTimeOffset at)
    {
        await Begin();
        _spool.Add(Event(used, quantity, at));
        await Send(_spool.Count);
    }

    /// <summary>Hands in what waits; sometimes only its beginning, sometimes what was handed in before once more.</summary>
    public async Task Upload(bool all)
    {
        if (_epoch is null || _spool.Count == 0)
        {
            return;
        }

        await Send(all ? _spool.Count : random.Next(1, _spool.Count + 1));
    }

    /// <summary>Gives back what will not be delivered.</summary>
    public async Task Return(LicenceId licence)
    {
        if (_epoch is null || !_leases.TryGetValue(licence, out var lease))
        {
            return;
        }

        var kept = await Answer<LeaseGrant>(await Post(
            "/gate/v1/leases/return",
            Body(new LeaseRequest(
                licence, Meter.BytesDelivered, _epoch.Epoch, lease.Spent, lease.Spent, lease.Spent, lease.Version))));
        _leases[licence] = (kept.GrantedTotal, lease.Spent, kept.Version);
    }

    private async Task Begin() =>
        _epoch ??= await Answer<EpochGrant>(await http().PostAsync("/gate/v1/epochs", JsonContent.Create(new EpochRequest(_instance), options: TallyJson.Options), Stop));

    private async Task<LeaseGrant> Ask(LeaseRequest request) =>
        await Answer<LeaseGrant>(await Post("/gate/v1/leases", Body(request)));

    private async Task Send(int count)
    {
        var batch = new UsageBatch { Emitter = Bytes(_epoch!.GateId.Value), Epoch = (ulong)_epoch.Epoch };
        batch.Events.AddRange(_spool.Take(count));
        using var body = new ByteArrayContent(batch.ToByteArray());
        body.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        using var answer = await Post("/gate/v1/usage", body);
        ((int)answer.StatusCode).ShouldBe(200, await answer.Content.ReadAsStringAsync(Stop));
        var receipt = IngestReceipt.Parser.ParseFrom(await answer.Content.ReadAsByteArrayAsync(Stop));
        _acknowledged = Math.Max(_acknowledged, (long)receipt.AcknowledgedSeq);
        // The last one is kept although it arrived: the next batch begins with something that is known.
        _spool.RemoveAll(e => (long)e.Seq < _acknowledged);
    }

    private Task<HttpResponseMessage> Post(string path, HttpContent body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.Add(EpochTokenHeader.Name, _epoch!.Token);
        return http().SendAsync(request, Stop);
    }

    private UsageEvent Event(UsedLicence used, long quantity, DateTimeOffset at)
    {
        Span<byte> id = stackalloc byte[16];
        random.NextBytes(id);
        return new UsageEvent
        {
            Seq = (ulong)++_seq,
            WorkId = Bytes(used.Work.Value),
            UnitId = Bytes(used.Unit),
            LicenceId = Bytes(used.Licence.Value),
            Buyer = Bytes(used.Pseudonym),
            Meter = (uint)Meter.BytesDelivered,
            Quantity = (ulong)quantity,
            TimeMs = at.ToUnixTimeMilliseconds(),
            Evidence = (uint)Evidence.GateFlushed,
            RequestId = ByteString.CopyFrom(id),
            Pass = ByteString.CopyFrom(id[..8]),
        };
    }

    private static JsonContent Body(LeaseRequest request) => JsonContent.Create(request, options: TallyJson.Options);

    private static async Task<T> Answer<T>(HttpResponseMessage answer)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync(Stop);
            ((int)answer.StatusCode).ShouldBe(200, text);
            return System.Text.Json.JsonSerializer.Deserialize<T>(text, TallyJson.Options)!;
        }
    }

    private static ByteString Bytes(Guid id) => ByteString.CopyFrom(id.ToByteArray(bigEndian: true));
}

/// <summary>A licence as a gate must know it to report its use.</summary>
internal sealed record UsedLicence(LicenceId Licence, WorkId Work, Guid Unit, Guid Pseudonym);
