using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;

namespace Tallystick.Core.Tests.Catalog;

public sealed class PathTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("a/b/c.csv")]
    [InlineData(".hidden/ü ü.csv")]
    [InlineData("100%.csv")]
    public void A_plain_relative_path_is_fine(string path) => FilePath.Fault(path).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("../a")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\u007fb")]
    [InlineData("a\ud800b")]
    [InlineData("a\u202Efdp.exe")]
    [InlineData("a\u2066b")]
    [InlineData("a\u2028b")]
    [InlineData("a%2Fb")]
    [InlineData("a ")]
    [InlineData("a./b")]
    public void A_path_that_means_different_things_in_different_places_is_not(string path) =>
        FilePath.Fault(path).ShouldNotBeNull();

    [Fact]
    public void Lengths_are_bounded_in_characters_and_in_bytes_of_a_segment()
    {
        FilePath.Fault(string.Join('/', Enumerable.Repeat(new string('a', 99), 5))).ShouldBeNull();
        FilePath.Fault(string.Join('/', Enumerable.Repeat(new string('a', 100), 5))).ShouldNotBeNull();
        FilePath.Fault(new string('é', 127)).ShouldBeNull();
        FilePath.Fault(new string('é', 128)).ShouldNotBeNull();
    }

    [Fact]
    public void A_blob_lies_two_folders_deep_and_only_a_hash_names_one()
    {
        var hash = new string('a', 62) + "0f";

        BlobPath.Of(hash).ShouldBe($"aa/aa/{hash}");
        Should.Throw<FormatException>(() => BlobPath.Of("../../etc/passwd"));
        Should.Throw<FormatException>(() => BlobPath.Of(hash.ToUpperInvariant()));
    }

    [Fact]
    public void The_hash_of_a_version_does_not_depend_on_the_order_of_its_files()
    {
        var work = new WorkId(Guid.Empty);
        var (a, b) = (new HashedFile("a", new('0', 64), 1, "text/plain"), new HashedFile("B", new('1', 64), 2, "text/plain"));

        VersionHash.Of(work, [a, b]).ShouldBe(VersionHash.Of(work, [b, a]));
        VersionHash.Of(work, [a, b]).ShouldNotBe(VersionHash.Of(work, [a, b with { SizeBytes = 3 }]));
        VersionHash.Of(work, [a, b]).ShouldNotBe(VersionHash.Of(work, [a]));
    }
}
