using Microsoft.AspNetCore.Mvc;

namespace Tallystick.Server.Foundation;

/// <summary>A part of a list; <paramref name="Next"/> is what to send as <c>after</c>, null at the end.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next)
{
    /// <summary>From rows of which one more than asked for was read.</summary>
    public static Page<T> Of(IReadOnlyList<T> rows, int limit, Func<T, string> key) =>
        rows.Count > limit ? new([.. rows.Take(limit)], key(rows[limit - 1])) : new(rows, null);
}

/// <summary>Which part of a list is asked for.</summary>
internal sealed record PageQuery(
    [property: FromQuery(Name = "limit")] int? Limit, [property: FromQuery(Name = "after")] string? After)
{
    public const int LimitMost = 200;

    public int Size => Limit ?? 50;

    public InputErrors Check(InputErrors errors) => errors
        .Require(Size is >= 1 and <= LimitMost, "limit", $"Between 1 and {LimitMost}.")
        .Require(After is null || (After.Length <= 200 && InputErrors.IsClean(After, lines: false)), "after", "Not a key of this list.");
}
