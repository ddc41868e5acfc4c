using Microsoft.AspNetCore.Mvc;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>A part of a list; <paramref name="Next"/> is what to send as <c>after</c>, null at the end.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next)
{
    /// <summary>From rows of which one more than asked for was read.</summary>
    public static Page<T> Of(IReadOnlyList<T> rows, int limit, Func<T, string> key) =>
        rows.Count > limit ? new([.. rows.Take(limit)], key(rows[limit - 1])) : new(rows, null);

    /// <summary>The same for a list whose key is typed: refuses a limit that is none before it reads.</summary>
    /// <param name="read">Reads at most so many rows.</param>
    public static async Task<Outcome<Page<T>>> Read(
        int limit, Func<int, Task<IReadOnlyList<T>>> read, Func<T, string> key) =>
        NumberedPage.Check(limit, after: 0) is { } invalid ? invalid : Of(await read(limit + 1), limit, key);
}

/// <summary>The same for a list whose keys are numbers: null when such a part can be asked for.</summary>
internal static class NumberedPage
{
    public static Refusal? Check(int limit, long after, string key = "after")
    {
        var errors = new InputErrors()
            .Require(limit is >= 1 and <= PageQuery.LimitMost, "limit", $"1 to {PageQuery.LimitMost}.")
            .Require(after >= 0, key, "A number that is not negative.");
        return errors.Any ? errors.ToRefusal() : null;
    }
}

/// <summary>Which part of a list is asked for.</summary>
internal sealed record PageQuery
{
    public const int LimitMost = 200;

    [FromQuery(Name = "limit")]
    public int? Limit { get; init; }

    [FromQuery(Name = "after")]
    public string? After { get; init; }

    public int Size => Limit ?? 50;

    public InputErrors Check(InputErrors errors) => errors
        .Require(Size is >= 1 and <= LimitMost, "limit", $"Between 1 and {LimitMost}.")
        .Require(After is null || (After.Length <= 200 && InputErrors.IsClean(After, lines: false)), "after", "Not a key of this list.");
}
