using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Gates;
using Tallystick.Core.Licences;

namespace Tallystick.Core.Tests.Licences;

public sealed class StatusListTests
{
    // draft-ietf-oauth-status-list, section 4.1.2: the example of two bits.
    [Fact]
    public void The_example_of_the_draft_reads_as_it_says()
    {
        LicenceStatus[] expected =
        [
            (LicenceStatus)1, (LicenceStatus)2, (LicenceStatus)0, (LicenceStatus)3, (LicenceStatus)0, (LicenceStatus)1,
            (LicenceStatus)0, (LicenceStatus)1, (LicenceStatus)1, (LicenceStatus)2, (LicenceStatus)3, (LicenceStatus)3,
        ];

        var list = StatusList.Decode("eNo76fITAAPfAgc");

        list.Count.ShouldBe(12);
        Enumerable.Range(0, 12).Select(list.Get).ShouldBe(expected);
    }

    [Fact]
    public void What_was_set_is_read_back_after_encoding()
    {
        var any = Gen.Choose(0, 2).Select(i => (LicenceStatus)i).ArrayOf().Where(a => a.Length > 0).ToArbitrary();
        Prop.ForAll(any, statuses =>
        {
            var list = new StatusList(statuses.Length);
            for (var i = 0; i < statuses.Length; i++)
            {
                list.Set(i, LicenceStatus.Suspended);
                list.Set(i, statuses[i]);
            }

            var read = StatusList.Decode(list.Encode());
            return statuses.Select((s, i) => read.Get(i) == s).All(same => same);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(12)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Of_an_entry_that_is_not_there_nothing_is_said(int index)
    {
        var list = new StatusList(12);

        Should.Throw<ArgumentOutOfRangeException>(() => list.Get(index));
        Should.Throw<ArgumentOutOfRangeException>(() => list.Set(index, LicenceStatus.Invalid));
        list.Set(11, LicenceStatus.Invalid);
        list.Get(11).ShouldBe(LicenceStatus.Invalid);
    }

    [Fact]
    public void Part_of_a_list_is_no_list()
    {
        var list = new StatusList(40_000);
        for (var i = 0; i < list.Count; i += 7)
        {
            list.Set(i, LicenceStatus.Invalid);
        }

        var whole = System.Buffers.Text.Base64Url.DecodeFromChars(list.Encode());
        for (var cut = 0; cut < whole.Length; cut++)
        {
            Should.Throw<InvalidDataException>(() => StatusList.Decode(System.Buffers.Text.Base64Url.EncodeToString(whole.AsSpan(0, cut))));
        }

        Should.Throw<InvalidDataException>(() => StatusList.Decode(System.Buffers.Text.Base64Url.EncodeToString([.. whole, 0])));
        StatusList.Decode(System.Buffers.Text.Base64Url.EncodeToString(whole)).Count.ShouldBe(40_000);
    }

    [Fact]
    public void A_small_answer_cannot_become_a_large_memory()
    {
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Optimal, true))
        {
            zlib.Write(new byte[(StatusList.EntriesMost / 4) + 1]);
        }

        Should.Throw<InvalidDataException>(
            () => StatusList.Decode(System.Buffers.Text.Base64Url.EncodeToString(packed.ToArray())));
    }
}
