using System.Globalization;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation.BadInput;

/// <summary>A hash of every row that a refused request must leave alone.</summary>
internal static class Contents
{
    // What is written because somebody knocked: counted attempts, sessions, the trace of forged webhooks, when who was seen; and
    // how often a gateway that is not there was asked, whoever knocks.
    private static readonly string[] Left = ["accounts.attempt", "accounts.session", "payments.sweep"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<IReadOnlyDictionary<string, string>> Of(TestServer server)
    {
        var tables = await server.Database.Query<string>(
            """
            select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
              and n.nspname || '.' || c.relname <> all(@Left)
            order by 1
            """,
            new { Left },
            Stop);
        tables.Count.ShouldBeGreaterThan(30);
        var hashes = await server.Database.Query<string>(string.Join(" union all ", tables.Select(HashOf)), null, Stop);
        return hashes.Select(h => h.Split('=')).ToDictionary(h => h[0], h => h[1]);
    }

    /// <summary>The contents once the workers have nothing left to do.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> Settled(TestServer server)
    {
        await Wait.ForEvents(server);
        var last = await Of(server);
        await Eventually.Holds(
            async () =>
            {
                await Task.Delay(1_000, Stop);
                var now = await Of(server);
                var same = Changes(last, now).Count == 0;
                last = now;
                return same;
            },
            "a server that rests");
        return last;
    }

    public static IReadOnlyList<string> Changes(
        IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after) =>
        [.. after.Where(a => before.GetValueOrDefault(a.Key) != a.Value).Select(a => a.Key)];

    private static string HashOf(string table) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        select '{table}=' || md5(coalesce(string_agg(row, '|' order by row), '')) from (
          select (to_jsonb(t) - 'last_used_on' - 'last_seen_at')::text as row from {table} t
          where not (to_jsonb(t) @> '{Refused(table)}')) r
        """);

    private static string Refused(string table) =>
        table == "payments.inbound" ? """{"state": "refused"}""" : """{"no column": true}""";
}
