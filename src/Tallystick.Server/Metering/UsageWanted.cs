using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>Whose usage is asked for, of what and when; the same for the rows and for their sums.</summary>
internal sealed record UsageWanted
{
    private static readonly TimeSpan LongestMost = TimeSpan.FromDays(366);

    /// <summary>Only of this work.</summary>
    [FromQuery(Name = "work")]
    public WorkId? Work { get; init; }

    /// <summary>Only under this licence.</summary>
    [FromQuery(Name = "licence")]
    public LicenceId? Licence { get; init; }

    /// <summary>Since then; 31 days before the end when left out.</summary>
    [FromQuery(Name = "from")]
    public QueryInstant? From { get; init; }

    /// <summary>Until then, not included; now when left out.</summary>
    [FromQuery(Name = "to")]
    public QueryInstant? To { get; init; }

    /// <summary>hour or day; hour when left out.</summary>
    [FromQuery(Name = "by")]
    public string? By { get; init; }

    /// <summary>buyer: under licences held; creator: of works of one's own; both when left out.</summary>
    [FromQuery(Name = "as")]
    public string? As { get; init; }

    public string Slot => By ?? "hour";

    public TimeSpan SlotLength => By == "day" ? TimeSpan.FromDays(1) : TimeSpan.FromHours(1);

    /// <summary>The condition over <c>metering.licence l</c>, with <c>@Organisation</c>, of what a caller may see of this.</summary>
    public string VisibleSql(Caller caller) => As switch
    {
        "buyer" => "l.buyer = @Organisation",
        "creator" => "l.creator = @Organisation",
        _ => caller.IsOperator ? "true" : "(l.buyer = @Organisation or l.creator = @Organisation)",
    };

    /// <summary>Refuses what cannot be asked for.</summary>
    /// <param name="errors">What is wrong besides.</param>
    /// <param name="longest">From beginning to end.</param>
    public Outcome<Range> Check(TimeProvider clock, InputErrors errors, TimeSpan? longest = null)
    {
        var most = longest ?? LongestMost;
        // Arithmetic with the first and the last years that can be written has no result.
        if (To?.At.Year is < 1_000 or > 9_000)
        {
            return errors.Add("to", "between the years 1000 and 9000").ToRefusal();
        }

        var until = To?.At ?? clock.GetUtcNow().AddHours(1);
        var since = From?.At ?? until.AddDays(-31);
        errors.Require(By is null or "hour" or "day", "by", "'hour' or 'day' is expected")
            .Require(As is null or "buyer" or "creator", "as", "'buyer' or 'creator' is expected")
            .Require(
                since < until && until - since <= most, "from", $"'from' must lie before 'to', by at most {most.TotalDays:0} days");
        return errors.Any ? errors.ToRefusal() : new Range(since.ToUniversalTime(), until.ToUniversalTime());
    }

    internal readonly record struct Range(DateTimeOffset Since, DateTimeOffset Until);
}
