using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Tallystick.Core.Catalog;
using Tallystick.Core.Amounts;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;

namespace Tallystick.Gate.Tests.Support;

/// <summary>A published work with files, offers and a signing key, in a blob folder and in a server's feed.</summary>
internal sealed class World
{
    public const string Kid = "key-1";
    private readonly ServerDouble _server;
    private int _ids = 100;

    public World(ServerDouble server, string folder)
    {
        (_server, Blobs) = (server, Path.Combine(folder, "blobs"));
        Directory.CreateDirectory(Blobs);
        Work = WorkId.From(NextId());
        Once = Offer(new Price(new Money(500, Currency.Usd), Meter.None, 1));
        PerMegabyte = Offer(new Price(new Money(5, Currency.Usd), Meter.BytesDelivered, 1_000_000));
        PerShard = Offer(new Price(new Money(10, Currency.Usd), Meter.SegmentUnlocked, 1));
        server.Publish(FeedKind.SigningKey, Kid, PublicKey(Key, Kid, "licence"));
    }

    public string Blobs { get; }

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public WorkId Work { get; }

    public OfferId Once { get; }

    public OfferId PerMegabyte { get; }

    public OfferId PerShard { get; }

    public Dictionary<string, byte[]> Content { get; } = [];

    /// <summary>Since when the files have their content; null as an earlier server tells of them.</summary>
    public DateTimeOffset? Modified { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>As a server does that publishing hashed the blocks of large files; otherwise as with what was published before.</summary>
    public bool HashesBlocks { get; set; } = true;

    public static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    public static FeedSigningKey PublicKey(ECDsa key, string kid, string use)
    {
        var q = key.ExportParameters(false).Q;
        return new(kid, Base64Url.EncodeToString(q.X), Base64Url.EncodeToString(q.Y), use);
    }

    public Guid NextId() => new(Interlocked.Increment(ref _ids), 0, 0, new byte[8]);

    /// <summary>Makes files of these sizes, with content that differs everywhere, and publishes them as the work's version.</summary>
    public void Publish(params (string Path, int Bytes)[] files)
    {
        var random = new Random(files.Length);
        foreach (var (path, bytes) in files)
        {
            var content = new byte[bytes];
            random.NextBytes(content);
            Content[path] = content;
        }

        Announce();
    }

    public void Announce() => _server.Publish(FeedKind.Work, Work.ToString(), Described(VersionId.From(NextId())));

    /// <summary>What the feed says of a version with the present content.</summary>
    public FeedWork Described(VersionId version) =>
        new(Work, version, "Digits", OrganisationId.From(NextId()), [.. Content.Select(File)]);

    public LicenceClaims Claims(OfferId offer, long? maxUses = null) => new(
        "https://pay.example", BuyerPseudonym.From(NextId()), LicenceToken.Audience, LicenceId.From(NextId()), Now - 10, Now - 10,
        Now + 3_600, Work, offer, ["ai-train"], [], maxUses, "90", "terms-hash",
        new LicenceStatusClaim(new StatusListEntry(1, "https://pay.example/status-lists/1")));

    public string Token(LicenceClaims claims) => LicenceToken.Sign(claims, Key, Kid);

    /// <summary>A licence with a wallet behind it.</summary>
    public LicenceClaims Funded(OfferId offer, Meter meter, long quantity, long? maxUses = null)
    {
        var claims = Claims(offer, maxUses);
        _server.Wallet[(claims.Jti, meter)] = quantity;
        return claims;
    }

    /// <summary>Where the content of a file lies.</summary>
    public string BlobOf(string path) => Path.Combine(Blobs, BlobPath.Of(Convert.ToHexStringLower(SHA256.HashData(Content[path]))));

    /// <summary>Changes one byte of a file's content on the disk.</summary>
    public void Damage(string path, int at)
    {
        using var file = System.IO.File.OpenHandle(BlobOf(path), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, [(byte)(Content[path][at] ^ 1)], at);
    }

    /// <summary>Puts the content of a file back as it was.</summary>
    public void Mend(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(BlobOf(path))!);
        System.IO.File.WriteAllBytes(BlobOf(path), Content[path]);
    }

    public string UrlOf(string path) => $"/w/{Work}/{path}";

    public HttpRequestMessage Get(string path, string? token, string? range = null, string? pass = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, UrlOf(path));
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (range is not null)
        {
            request.Headers.TryAddWithoutValidation("Range", range);
        }

        if (pass is not null)
        {
            request.Headers.TryAddWithoutValidation("Tally-Pass", pass);
        }

        return request;
    }

    private OfferId Offer(Price price)
    {
        var id = OfferId.From(NextId());
        _server.Publish(FeedKind.Offer, id.ToString(), new FeedOffer(
            id, Work, price, new Terms(["ai-train"], [], 30, null, [], true, 14), $"Train on it for {price}.",
            $"https://pay.example/works/{Work}?offer={id}", true));
        return id;
    }

    private FeedFile File(KeyValuePair<string, byte[]> file)
    {
        using var hasher = new BlockHasher();
        hasher.Append(file.Value);
        var (sha256, blocks) = hasher.Finish();
        if (HashesBlocks && file.Value.Length > BlockHasher.BlockBytes)
        {
            _server.Blocks[sha256] = new BlobBlocks(BlockHasher.BlockBytes, Base64Url.EncodeToString(blocks));
        }

        var path = System.IO.Path.Combine(Blobs, BlobPath.Of(sha256));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, file.Value);
        return new FeedFile(
            UnitId.From(new Guid(MD5.HashData(System.Text.Encoding.UTF8.GetBytes(file.Key)))), file.Key, sha256, file.Value.Length,
            "application/octet-stream", Modified);
    }
}
