using System.Globalization;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>
/// What a row of the operator's is about, read from its subject: the detail is for people and may be another one's newest.
/// </summary>
/// <param name="Epoch">Null for all of the gate's.</param>
/// <param name="Licence">Null for all.</param>
internal sealed record OpenCase(Guid Emitter, long? Epoch, string Reason, Guid? Licence)
{
    /// <summary>In a subject: whichever there is.</summary>
    public const string Any = "*";

    /// <summary>The condition of a query over <c>metering.quarantine q</c> with this record's members as arguments.</summary>
    public const string Sql =
        """
        q.emitter = @Emitter and (@Epoch::bigint is null or q.epoch = @Epoch) and q.reason = @Reason and q.state = 'open'
          and (@Licence::uuid is null or q.licence_id = @Licence)
        """;

    /// <summary>The same over <c>metering.event e</c>.</summary>
    public const string EventSql =
        $"(e.emitter, e.epoch, e.seq) in (select q.emitter, q.epoch, q.seq from metering.quarantine q where {Sql})";

    public static OpenCase Of(SetAsideRow row)
    {
        var parts = row.Subject.Split('/');
        return new OpenCase(
            GateId.Parse(parts[0], null).Value,
            parts[1] == Any ? null : long.Parse(parts[1], CultureInfo.InvariantCulture),
            row.Kind[(row.Kind.IndexOf('.', StringComparison.Ordinal) + 1)..],
            parts[2] == Any ? null : LicenceId.Parse(parts[2], null).Value);
    }
}
