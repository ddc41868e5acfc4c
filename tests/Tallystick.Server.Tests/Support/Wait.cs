namespace Tallystick.Server.Tests.Support;

internal static class Wait
{
    /// <summary>Every event published so far was handled by all who listen.</summary>
    public static Task ForEvents(TestServer server) => Eventually.Holds(
        async () => await server.Database.QueryOne<long>(
            "select count(*) from foundation.delivery", null, TestContext.Current.CancellationToken) == 0,
        "that every event was handled");
}
