using System.Collections.Concurrent;
using Tallystick.Core.Gates;
using Tallystick.Core.Licences;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing;

/// <summary>
/// The status of every licence as signed Token Status Lists (draft-ietf-oauth-status-list): whoever holds a licence can
/// be checked without us learning by whom and when.
/// </summary>
internal sealed class StatusLists(Database database, SigningKeys keys, FoundationOptions foundation, IdSource ids)
{
    public const int TtlSeconds = 60;
    private static readonly TimeSpan Life = TimeSpan.FromHours(24);
    private static readonly TimeSpan SignedAgainAfter = TimeSpan.FromSeconds(TtlSeconds);
    private const int CachedMost = 1_000;

    private readonly ConcurrentDictionary<int, Cached> _cache = new();

    public static string UriOf(FoundationOptions foundation, int number) => $"{foundation.PublicUrl}/status-lists/{number}";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/status-lists/{number:int}", async (
            int number, StatusLists lists, HttpContext context, CancellationToken stop) =>
            {
                if (await lists.Token(number, stop) is not { } token)
                {
                    return Problems.NotFound.With("No such list.").ToHttp();
                }

                context.Response.Headers.CacheControl = $"public, max-age={TtlSeconds}";
                return Results.Text(token, "application/statuslist+jwt");
            })
            .AllowAnonymous()
            .WithName("ShowStatusList").WithTags("Licences")
            .WithSummary("A signed Token Status List: two bits per licence; 0 valid, 1 revoked, 2 suspended.")
            .Produces<string>(contentType: "application/statuslist+jwt").ProducesProblem(404);

    private async Task<string?> Token(int number, CancellationToken stop)
    {
        var list = await database.QueryOne<List>(
            "select next_index, changed_at from licensing.status_list where number = @number", new { number }, stop);
        if (list is null)
        {
            return null;
        }

        var now = ids.Now;
        if (_cache.TryGetValue(number, out var cached) && cached.List == list && cached.SignedAt + SignedAgainAfter > now)
        {
            return cached.Token;
        }

        var token = await Sign(number, list, now, stop);
        if (_cache.Count < CachedMost)
        {
            _cache[number] = new(list, now, token);
        }

        return token;
    }

    private Task<string> Sign(int number, List list, DateTimeOffset now, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            var rows = await tx.Query<Entry>(
                "select index, status::int as status from licensing.licence where list = @number and status <> 0",
                new { number });
            var bits = new StatusList(Math.Max(list.NextIndex, 1));
            foreach (var row in rows)
            {
                bits.Set(row.Index, row.Status);
            }

            var key = await keys.ForSigning(tx, SigningKeys.LicenceUse, now + Life);
            return key.Sign((ecdsa, kid) =>
                bits.Sign(UriOf(foundation, number), now, now + Life, TtlSeconds, ecdsa, kid));
        },
        stop);

    private sealed record List(int NextIndex, DateTimeOffset ChangedAt);

    private sealed record Entry(int Index, LicenceStatus Status);

    private sealed record Cached(List List, DateTimeOffset SignedAt, string Token);
}
