using System.Security.Cryptography;
using System.Text;

namespace Tallystick.Crypto.Tests;

public sealed class HashTests
{
    // The vectors of the function's authors, and one that takes more than a block after padding.
    [Theory]
    [InlineData("", "9c1185a5c5e9fc54612808977ee8f548b2258d31")]
    [InlineData("a", "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe")]
    [InlineData("abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")]
    [InlineData("message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "f71c27109c692c1b56bbdceb5b9d2865b3708dbc")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "12a053384a9c0c88e405a06c27dcf49ada62eb2b")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "b0e20b6e3116640286ed3a87a5713079b21f5189")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "9b752e45573d4b39f4dbd3323cab82bf63326bfb")]
    public void Ripemd160_gives_the_published_values(string text, string expected)
    {
        var hash = new byte[20];
        Ripemd160.Hash(Encoding.ASCII.GetBytes(text), hash);
        Convert.ToHexStringLower(hash).ShouldBe(expected);
    }

    [Fact]
    public void Ripemd160_of_a_million_letters_is_the_published_value()
    {
        var hash = new byte[20];
        Ripemd160.Hash(Encoding.ASCII.GetBytes(new string('a', 1_000_000)), hash);
        Convert.ToHexStringLower(hash).ShouldBe("52783243c1697bdbe16d37f97f68f08325dc1528");
        Should.Throw<ArgumentException>(() => Ripemd160.Hash([], new byte[19]));
    }

    [Fact]
    public void Sha512_half_is_the_first_half_of_sha512()
    {
        for (var length = 0; length < 300; length++)
        {
            var data = new byte[length];
            new Random(length).NextBytes(data);
            var half = new byte[32];
            Sha512Half.Hash(data, half);
            half.ShouldBe(SHA512.HashData(data)[..32]);
        }
    }

    // RFC 4231 test cases 2 and 3.
    [Fact]
    public void Hmac_gives_the_published_values_and_compares_whole_tags()
    {
        var tag = new byte[32];
        Hmac.Sha256("Jefe"u8, "what do ya want for nothing?"u8, tag);
        Convert.ToHexStringLower(tag).ShouldBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        var longTag = new byte[64];
        Hmac.Sha512("Jefe"u8, "what do ya want for nothing?"u8, longTag);
        Convert.ToHexStringLower(longTag).ShouldBe(
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");

        Hmac.VerifySha256("Jefe"u8, "what do ya want for nothing?"u8, tag).ShouldBeTrue();
        Hmac.VerifySha256("Jefe"u8, "what do ya want for nothing?"u8, tag.AsSpan(0, 31)).ShouldBeFalse();
        Hmac.VerifySha256("Jefe"u8, "what do ya want for nothing?"u8, []).ShouldBeFalse();
        Hmac.VerifySha256("jefe"u8, "what do ya want for nothing?"u8, tag).ShouldBeFalse();
        Hmac.VerifySha512("Jefe"u8, "what do ya want for nothing?"u8, longTag).ShouldBeTrue();
        longTag[63] ^= 1;
        Hmac.VerifySha512("Jefe"u8, "what do ya want for nothing?"u8, longTag).ShouldBeFalse();
    }
}
