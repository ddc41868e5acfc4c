namespace Tallystick.Server.Tests.Support;

internal static class Wait
{
    /// <summary>Every event published so far was handled by all who listen.</summary>
    public static Task ForEvents(TestServer server) => Eventually.Holds(
        // A server that has just started makes its keys and tells of them: until then there is more to come.
        async () => await server.Database.QueryOne<bool>(
            "select exists (select 1 from licensing.signing_key) and not exists (select 1 from foundation.delivery)",
            null,
            TestContext.Current.CancellationToken),
        "that every event was handled");
}
