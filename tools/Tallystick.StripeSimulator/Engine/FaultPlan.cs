namespace Tallystick.StripeSimulator.Engine;

/// <summary>What goes wrong with a request.</summary>
internal static class FaultKinds
{
    public const string TimeoutBefore = "timeout_before";
    public const string TimeoutAfter = "timeout_after";
    public const string ResetAfter = "reset_after";
    public const string ErrorBefore = "error_before";
    public const string ErrorAfter = "error_after";
    public const string ErrorStored = "error_stored";
    public const string Delay = "delay";
    public const string RateLimit = "rate_limit";
    public const string Forbidden = "forbidden";
    public const string Unauthorized = "unauthorized";
    public const string Refused = "refused";

    public static readonly string[] All =
    [
        TimeoutBefore, TimeoutAfter, ResetAfter, ErrorBefore, ErrorAfter, ErrorStored, Delay, RateLimit, Forbidden, Unauthorized,
        Refused,
    ];
}

/// <param name="Kind">One of <see cref="FaultKinds"/>.</param>
/// <param name="Method">GET or POST; null hits both.</param>
/// <param name="Path">The exact path, or a beginning that ends in <c>*</c>.</param>
/// <param name="Remaining">How many more requests it hits.</param>
/// <param name="DelayMs">How long a delay lasts, or a time-out holds the connection before it is cut.</param>
internal sealed record Fault(string Kind, string? Method, string Path, int Remaining, int DelayMs)
{
    public bool Hits(string method, string path) =>
        (Method is null || Method == method)
        && (Path.EndsWith('*') ? path.StartsWith(Path[..^1], StringComparison.Ordinal) : path == Path);
}

/// <summary>"The next N requests to PATH fail like this", first rule first. Not part of the kept state.</summary>
internal sealed class FaultPlan
{
    readonly Lock gate = new();
    readonly List<Fault> faults = [];

    public void Add(Fault fault)
    {
        lock (gate)
            faults.Add(fault);
    }

    public void Clear()
    {
        lock (gate)
            faults.Clear();
    }

    public IReadOnlyList<Fault> Waiting()
    {
        lock (gate)
            return [.. faults];
    }

    /// <summary>The fault that hits this request, used up by it.</summary>
    public Fault? Take(string method, string path)
    {
        lock (gate)
        {
            var index = faults.FindIndex(fault => fault.Hits(method, path));
            if (index < 0)
                return null;
            var hit = faults[index];
            if (hit.Remaining > 1)
                faults[index] = hit with { Remaining = hit.Remaining - 1 };
            else
                faults.RemoveAt(index);
            return hit;
        }
    }
}
