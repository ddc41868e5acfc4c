using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tallystick.Crypto;

namespace Tallystick.Xrpl.Tests;

/// <summary>Verification answers true or false for any bytes of any length, on every path: it never throws.</summary>
public sealed class AnyBytesTests
{
    private static readonly int[] Lengths = [0, 1, 20, 31, 32, 33, 34, 63, 64, 65, 70, 71, 72, 73, 127, 128, 129, 255, 256, 1000];

    // Lengths near the right ones and a first byte that passes for a key or for DER get past the first refusals.
    private static Gen<byte[]> Bytes =>
        from length in Gen.Elements(Lengths)
        from first in Gen.Elements<byte>(0x00, 0x02, 0x03, 0x04, 0x06, 0x30, 0x80, 0xed, 0xff)
        from rest in Gen.ArrayOf(Gen.Choose(0, 255).Select(one => (byte)one), length)
        select length == 0 ? rest : [first, .. rest[1..]];

    [Fact]
    public void Every_signature_check_answers_any_bytes() => Prop.ForAll(
        (from key in Bytes from message in Bytes from signature in Bytes select (key, message, signature)).ToArbitrary(),
        input =>
        {
            var (key, message, signature) = input;
            foreach (var suite in CryptoSuite.All)
            {
                // A random signature holds once in 2^128 tries.
                suite.Ed25519.Verify(key, message, signature).ShouldBeFalse();
                suite.Secp256k1.Verify(key, message, signature).ShouldBeFalse();
                PublicKey.Verify(key, message, signature, suite).ShouldBeFalse();
                _ = suite.Secp256k1.IsPublicKey(key);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Every_claim_check_answers_any_text() => Prop.ForAll(
        (from key in Text from channel in Text from drops in Gen.Elements(0UL, 1UL, uint.MaxValue, ulong.MaxValue) from signature in Text
         select (key, channel, drops, signature)).ToArbitrary(),
        input =>
        {
            foreach (var suite in CryptoSuite.All)
            {
                ChannelClaim.Verify(input.key, input.channel, new Drops(input.drops), input.signature, suite).ShouldBeFalse();
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    private static Gen<string> Text => Gen.OneOf(
        Bytes.Select(Convert.ToHexString), Bytes.Select(Convert.ToHexStringLower), Bytes.Select(Encoding.Latin1.GetString),
        Bytes.Select(bytes => Convert.ToHexString(bytes) + "0"), Bytes.Select(bytes => " " + Convert.ToHexString(bytes)));
}
