using Tallystick.Crypto;

namespace Tallystick.Xrpl.Tests;

public sealed class ChannelClaimTests
{
    private static readonly Hash256 Channel = Hash256.Parse("43904CBFCDCEC530B4037871F86EE90BF799DF8D2E0EA564BC8A3F332E4F5FB1");

    [Theory]
    [InlineData(SignatureAlgorithm.Ed25519)]
    [InlineData(SignatureAlgorithm.Secp256k1)]
    public void A_claim_holds_for_its_channel_amount_and_key_only(SignatureAlgorithm algorithm)
    {
        using var seed = Seed.FromPassphrase("claims", algorithm);
        using var key = seed.DeriveKeyPair();
        foreach (var amount in new ulong[] { 0, 1, 2_147_483_648, 100_000_000_000_000_000, ulong.MaxValue })
        {
            var claim = new ChannelClaim(Channel, new Drops(amount));
            var signature = claim.Sign(key);
            claim.Verify(key.PublicKey, signature).ShouldBeTrue();
            new ChannelClaim(Channel, new Drops(amount ^ 1)).Verify(key.PublicKey, signature).ShouldBeFalse();
            new ChannelClaim(Hash256.Of([1]), claim.Amount).Verify(key.PublicKey, signature).ShouldBeFalse();
            foreach (var suite in CryptoSuite.All)
            {
                ChannelClaim.Verify(
                    $"{key.PublicKey}", $"{Channel}".ToLowerInvariant(), claim.Amount, Convert.ToHexString(signature), suite)
                    .ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void Malformed_claims_are_false_and_nothing_is_allocated()
    {
        using var seed = Seed.FromPassphrase("claims", SignatureAlgorithm.Ed25519);
        using var key = seed.DeriveKeyPair();
        var (publicKey, channel) = ($"{key.PublicKey}", $"{Channel}");
        var signature = Convert.ToHexString(new ChannelClaim(Channel, new Drops(5)).Sign(key));
        string[] bad = ["", "0", "zz", signature[1..], signature + "0", signature + "00", new string('0', 1000), "é" + signature[1..]];
        var good = Check(signature, publicKey, channel);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var accepted = 0;
        foreach (var text in bad)
        {
            accepted += Check(text, publicKey, channel) ? 1 : 0;
            accepted += Check(signature, text, channel) ? 1 : 0;
            accepted += Check(signature, publicKey, text) ? 1 : 0;
        }

        good &= Check(signature, publicKey, channel);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        good.ShouldBeTrue();
        accepted.ShouldBe(0);
        allocated.ShouldBe(0);
    }

    private static bool Check(string signature, string publicKey, string channel) =>
        ChannelClaim.Verify(publicKey, channel, new Drops(5), signature);
}
