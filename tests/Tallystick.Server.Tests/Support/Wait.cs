namespace Tallystick.Server.Tests.Support;

/// <summary>Waits for what a worker does in the background.</summary>
internal static class Wait
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);

    public static async Task Until(Func<Task<bool>> holds, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(Most, $"waited for: {what}");
            await Task.Delay(25, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Every event published so far was handled by all who listen.</summary>
    public static Task ForEvents(TestServer server) => Until(
        async () => await server.Database.QueryOne<long>(
            "select count(*) from foundation.delivery", null, TestContext.Current.CancellationToken) == 0,
        "events to be handled");
}
