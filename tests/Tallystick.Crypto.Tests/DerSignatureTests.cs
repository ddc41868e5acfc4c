using System.Numerics;

namespace Tallystick.Crypto.Tests;

public sealed class DerSignatureTests
{
    [Theory]
    [InlineData("3006020101020101", true, "the shortest")]
    [InlineData("", false, "empty")]
    [InlineData("30", false, "one byte")]
    [InlineData("3006020101020102", true, "another s")]
    [InlineData("300602010102010100", false, "a trailing byte outside")]
    [InlineData("300702010102010100", false, "a trailing byte inside")]
    [InlineData("3005020101020101", false, "length too short")]
    [InlineData("3007020101020101", false, "length too long")]
    [InlineData("308106020101020101", false, "long form of the length")]
    [InlineData("3080020101020101", false, "indefinite length")]
    [InlineData("30800201010201010000", false, "indefinite length with its end")]
    [InlineData("3106020101020101", false, "a set, not a sequence")]
    [InlineData("3006030101020101", false, "r is no integer")]
    [InlineData("3006020101030101", false, "s is no integer")]
    [InlineData("3006020100020101", false, "r is zero")]
    [InlineData("3006020101020100", false, "s is zero")]
    [InlineData("3006020181020101", false, "r is negative")]
    [InlineData("3006020101020181", false, "s is negative")]
    [InlineData("300702020001020101", false, "r is padded")]
    [InlineData("300702010102020001", false, "s is padded")]
    [InlineData("30050200020101", false, "r has no digits")]
    [InlineData("3005020101" + "0200", false, "s has no digits")]
    [InlineData("3008020200810202" + "0081", true, "needed zeroes")]
    [InlineData("300702810101020101", false, "long form inside")]
    [InlineData("3006020501020101", false, "r runs over the end")]
    [InlineData("3006020101020501", false, "s runs over the end")]
    public void Only_the_one_strict_encoding_is_read(string hex, bool accepted, string why)
    {
        Span<byte> compact = stackalloc byte[64];
        compact.Fill(0xaa);
        DerSignature.TryRead(Convert.FromHexString(hex), compact).ShouldBe(accepted, why);
        if (!accepted)
        {
            compact.IndexOfAnyExcept((byte)0).ShouldBe(-1);
        }
    }

    [Fact]
    public void R_reaches_up_to_the_order_and_s_to_half_of_it()
    {
        var n = Secp256k1Tests.Order;
        Accepts(n - 1, 1).ShouldBeTrue();
        Accepts(n, 1).ShouldBeFalse();
        Accepts(n + 1, 1).ShouldBeFalse();
        Accepts(1, (n - 1) / 2).ShouldBeTrue();
        Accepts(1, (n + 1) / 2).ShouldBeFalse();
        Accepts(1, n - 1).ShouldBeFalse();
        Accepts(BigInteger.Pow(2, 256) - 1, 1).ShouldBeFalse();
    }

    [Fact]
    public void What_is_written_is_read_back_and_nothing_else_is_written()
    {
        var random = new Random(5);
        for (var round = 0; round < 2000; round++)
        {
            var r = (new BigInteger(random.NextInt64()) << random.Next(192)) + 1;
            var s = (new BigInteger(random.NextInt64()) << random.Next(191)) + 1;
            byte[] compact = [.. Secp256k1Tests.Number(r), .. Secp256k1Tests.Number(s)];
            var der = new byte[72];
            var length = DerSignature.Write(compact, der);
            var back = new byte[64];
            DerSignature.TryRead(der.AsSpan(0, length), back).ShouldBeTrue();
            back.ShouldBe(compact);
        }

        Should.Throw<ArgumentException>(() => DerSignature.Write(new byte[64], new byte[72]));
        Should.Throw<ArgumentException>(() => DerSignature.Write(new byte[63], new byte[72]));
        byte[] ones = [.. Secp256k1Tests.Number(1), .. Secp256k1Tests.Number(1)];
        Should.Throw<ArgumentException>(() => DerSignature.Write(ones, new byte[71]));
    }

    [Fact]
    public void The_longest_signature_has_72_bytes_at_most()
    {
        var n = Secp256k1Tests.Order;
        Der(Secp256k1Tests.Number(n - 1), Secp256k1Tests.Number((n - 1) / 2)).Length.ShouldBeLessThanOrEqualTo(72);
    }

    internal static byte[] Der(byte[] r, byte[] s)
    {
        byte[] body = [.. Integer(r), .. Integer(s)];
        return [0x30, (byte)body.Length, .. body];
    }

    private static byte[] Integer(byte[] number)
    {
        var digits = number.AsSpan().TrimStart((byte)0).ToArray();
        byte[] value = digits.Length == 0 || digits[0] >= 0x80 ? [0, .. digits] : digits;
        return [2, (byte)value.Length, .. value];
    }

    private static bool Accepts(BigInteger r, BigInteger s) =>
        DerSignature.TryRead(Der(Secp256k1Tests.Number(r), Secp256k1Tests.Number(s)), new byte[64]);
}
