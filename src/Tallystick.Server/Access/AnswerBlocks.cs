using Tallystick.Core.Catalog;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;

namespace Tallystick.Server.Access;

/// <summary><c>GET /gate/v1/blobs/{sha256}/blocks</c>: what a gate checks the parts of a large file by.</summary>
internal static class AnswerBlocks
{
    public static async Task<IResult> Handle(string sha256, Blocks blocks, CancellationToken stop) =>
        !BlobPath.IsSha256(sha256) ? Problems.Invalid("sha256", "64 lower-case hexadecimal digits.").ToHttp()
        : await blocks.Find(sha256, stop) is { } found ? Results.Ok(found)
        : Problems.NotFound.With("It has one block, or was uploaded before blocks were hashed: check it as a whole.").ToHttp();
}
