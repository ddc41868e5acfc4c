using System.Diagnostics;

namespace Tallystick.Server.Tests.Support;

/// <summary>Waits for what a worker does in its own time; a minute is for a loaded machine, not for the code.</summary>
internal static class Eventually
{
    public static async Task Holds(Func<Task<bool>> condition, string what = "the condition")
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > TimeSpan.FromMinutes(1))
            {
                throw new TimeoutException($"After a minute {what} still does not hold.");
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
