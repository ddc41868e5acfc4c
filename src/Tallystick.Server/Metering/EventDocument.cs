using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;

namespace Tallystick.Server.Metering;

/// <summary>
/// A usage event as people and other systems get it: CloudEvents 1.0 structured JSON. This document, canonical, is what
/// a seal commits to. Every member is derived from the stored row, so it is the same whenever it is made.
/// </summary>
internal static class EventDocument
{
    public const string EventType = "dev.tallystick.usage.v1";

    public static string Identity(Guid emitter, long epoch, long seq) =>
        string.Create(CultureInfo.InvariantCulture, $"{new GateId(emitter)}/{epoch}/{seq}");

    public static JsonObject Of(Guid emitter, long epoch, in StoredEvent stored) => new()
    {
        ["specversion"] = "1.0",
        ["id"] = string.Create(CultureInfo.InvariantCulture, $"{epoch}/{stored.Seq}"),
        ["source"] = $"urn:tallystick:gate:{new GateId(emitter)}",
        ["type"] = EventType,
        ["subject"] = new LicenceId(stored.LicenceId).ToString(),
        ["time"] = DateTimeOffset.FromUnixTimeMilliseconds(stored.TimeMs)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        ["datacontenttype"] = "application/json",
        ["data"] = new JsonObject
        {
            ["content_id"] = new WorkId(stored.WorkId).ToString(),
            ["unit_id"] = new UnitId(stored.UnitId).ToString(),
            ["license_id"] = new LicenceId(stored.LicenceId).ToString(),
            ["buyer"] = new BuyerPseudonym(stored.Buyer).ToString(),
            ["meter"] = Name((Meter)stored.Meter),
            ["quantity"] = stored.Quantity,
            ["evidence"] = Name((Evidence)stored.Evidence),
            ["request_id"] = new RequestId(stored.RequestId).ToString(),
            ["pass"] = stored.Pass.ToString("x16", CultureInfo.InvariantCulture),
        },
    };

    public static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
