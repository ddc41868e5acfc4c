using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>
/// The keys that sign licences and access tokens. A key is 1 made and published, 2 after some minutes signs, 3 is taken
/// over by the next, 4 stays published until everything it signed has expired, 5 is deleted.
/// </summary>
internal sealed class SigningKeys(
    Database database, KeyWrap wrap, LicensingOptions options, Outbox outbox, IdSource ids)
{
    public const string Worker = "licensing.rotate-keys";
    public const string LicenceUse = "licence";
    public const string AccessUse = "access";

    // Opened keys, by kid: a key never changes, so an entry is never wrong.
    private readonly ConcurrentDictionary<string, SigningKey> _opened = new(StringComparer.Ordinal);

    /// <summary>The key that signs now. What it signs expires at <paramref name="until"/>, and it is kept that long.</summary>
    public async Task<SigningKey> ForSigning(Tx tx, string use, DateTimeOffset until)
    {
        var row = await Newest(tx, use, ids.Now);
        if (row is null)
        {
            // The very first: nobody can know another one, so there is nothing to wait for.
            await tx.Take(Turn.SigningKeys);
            row = await Newest(tx, use, ids.Now);
            if (row is null)
            {
                await Make(tx, use, ids.Now);
                row = await Newest(tx, use, ids.Now);
            }
        }

        if (row!.NeededUntil < until)
        {
            await tx.Execute(
                "update licensing.signing_key set needed_until = greatest(needed_until, @until) where kid = @Kid",
                new { until, row.Kid });
        }

        return _opened.GetOrAdd(row.Kid, static (kid, from) => SigningKey.Open(kid, from.wrap.Unwrap(kid, from.row.PrivateKey)), (wrap, row));
    }

    /// <summary>One look at the clock: steps 1 and 5 for both uses. False: there is never more to do at once.</summary>
    public async Task<bool> Rotate(CancellationToken stop)
    {
        await database.InTransaction(
            async tx =>
            {
                await tx.Take(Turn.SigningKeys);
                foreach (var use in (string[])[LicenceUse, AccessUse])
                {
                    var last = await tx.QueryOne<DateTimeOffset?>(
                        "select max(signs_from) from licensing.signing_key where use = @use", new { use });
                    if (last is null || last + options.RotateEvery <= ids.Now)
                    {
                        await Make(tx, use, last is null ? ids.Now : ids.Now + options.PublishedBefore);
                    }
                }

                var gone = await tx.Query<string>(
                    """
                    delete from licensing.signing_key k where k.needed_until < @Now and exists (
                      select 1 from licensing.signing_key n
                      where n.use = k.use and n.signs_from > k.signs_from and n.signs_from <= @Now)
                    returning kid
                    """,
                    new { ids.Now });
                foreach (var kid in gone)
                {
                    await outbox.Publish(tx, new SigningKeyChanged(kid));
                }
            },
            stop);
        return false;
    }

    private static Task<Row?> Newest(Tx tx, string use, DateTimeOffset now) => tx.QueryOne<Row>(
        """
        select kid, private_key, needed_until from licensing.signing_key
        where use = @use and signs_from <= @now order by signs_from desc, kid limit 1
        """,
        new { use, now });

    private async Task Make(Tx tx, string use, DateTimeOffset signsFrom)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportParameters(includePrivateParameters: false);
        var kid = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12));
        var secret = key.ExportPkcs8PrivateKey();
        await tx.Execute(
            """
            insert into licensing.signing_key (kid, use, x, y, private_key, created_at, signs_from, needed_until)
            values (@kid, @use, @X, @Y, @Wrapped, @Now, @signsFrom, @signsFrom)
            """,
            new
            {
                kid,
                use,
                X = Base64Url.EncodeToString(parameters.Q.X),
                Y = Base64Url.EncodeToString(parameters.Q.Y),
                Wrapped = wrap.Wrap(kid, secret),
                ids.Now,
                signsFrom,
            });
        CryptographicOperations.ZeroMemory(secret);
        await outbox.Publish(tx, new SigningKeyChanged(kid));
    }

    private sealed record Row(string Kid, byte[] PrivateKey, DateTimeOffset NeededUntil);
}

/// <summary>An opened key. ECDsa is not for several threads at once: each use takes the lock.</summary>
internal sealed class SigningKey
{
    private readonly Lock _lock = new();
    private readonly ECDsa _key;

    private SigningKey(string kid, ECDsa key) => (Kid, _key) = (kid, key);

    public string Kid { get; }

    public static SigningKey Open(string kid, byte[] pkcs8)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        CryptographicOperations.ZeroMemory(pkcs8);
        return new(kid, key);
    }

    public string Sign(Func<ECDsa, string, string> sign)
    {
        lock (_lock)
        {
            return sign(_key, Kid);
        }
    }
}
