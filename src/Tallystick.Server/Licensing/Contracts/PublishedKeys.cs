using Tallystick.Core.Gates;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing.Contracts;

/// <summary>The public halves of the signing keys.</summary>
internal sealed class PublishedKeys(Database database)
{
    private const string Select = "select kid, x, y, use from licensing.signing_key";

    public Task<IReadOnlyList<FeedSigningKey>> All(CancellationToken stop) =>
        database.Query<FeedSigningKey>($"{Select} order by signs_from, kid", null, stop);

    /// <summary>Null when the key is gone.</summary>
    public static Task<FeedSigningKey?> Find(Tx tx, string kid) =>
        tx.QueryOne<FeedSigningKey>($"{Select} where kid = @kid", new { kid });
}
