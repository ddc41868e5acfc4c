using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Catalog;
using Tallystick.Core.Gates;
using Tallystick.Core.Json;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Access;

public sealed class BlocksTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gate_learns_the_hashes_of_the_parts_of_a_large_file_and_of_no_other()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var gate = server.Client(TestServer.GateSecret);
        var large = new string('x', BlockHasher.BlockBytes) + "the rest";
        var (work, draft) = await creator.Draft();
        await creator.Upload(work, draft, "large.csv", large).Json();
        await creator.Upload(work, draft, "again.csv", large).Json();
        await creator.Upload(work, draft, "small.csv", "1,2,3").Json();

        var blocks = await gate.GetFromJsonAsync<BlobBlocks>(UrlOf(Market.Sha256(large)), TallyJson.Options, Stop);

        blocks!.BlockBytes.ShouldBe(BlockHasher.BlockBytes);
        var bytes = Encoding.UTF8.GetBytes(large);
        Base64Url.DecodeFromChars(blocks.Hashes).ShouldBe(
            [.. SHA256.HashData(bytes[..BlockHasher.BlockBytes]), .. SHA256.HashData(bytes[BlockHasher.BlockBytes..])]);
        (await gate.GetAsync(UrlOf(Market.Sha256("1,2,3")), Stop).Problem(404)).ShouldBe("not-found");
        (await gate.GetAsync(UrlOf("ABC"), Stop).Problem(400)).ShouldBe("invalid-request");
        (await creator.Http.GetAsync(UrlOf(Market.Sha256(large)), Stop).Problem(401)).ShouldBe("unauthenticated");
    }

    [Fact]
    public async Task A_file_that_the_disk_altered_is_healed_by_sending_it_once_more()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, draft) = await creator.Draft();
        await creator.Upload(work, draft, "a.csv", "content").Json();
        var blob = Path.Combine(server.Folder, "blobs", BlobPath.Of(Market.Sha256("content")));
        await File.WriteAllTextAsync(blob, "CONTENT", Stop);

        await creator.Upload(work, draft, "b.csv", "content").Json();

        (await File.ReadAllTextAsync(blob, Stop)).ShouldBe("content");
    }

    private static string UrlOf(string sha256) => $"/gate/v1/blobs/{sha256}/blocks";
}
