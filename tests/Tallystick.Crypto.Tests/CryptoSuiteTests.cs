namespace Tallystick.Crypto.Tests;

public sealed class CryptoSuiteTests
{
    [Fact]
    public void Portable_is_always_here_and_takes_libcrypto_for_both() =>
        CryptoSuite.Choose("portable").Name.ShouldBe("ed25519=libcrypto,secp256k1=libcrypto");

    [Fact]
    public void Nothing_set_prefers_the_first_suite()
    {
        CryptoSuite.Choose(null).Name.ShouldBe(CryptoSuite.All[0].Name);
        CryptoSuite.Choose("").Name.ShouldBe(CryptoSuite.All[0].Name);
        CryptoSuite.All[^1].Name.ShouldBe("ed25519=libcrypto,secp256k1=libcrypto");
    }

    [Fact]
    public void Algorithms_are_forced_one_by_one() =>
        CryptoSuite.Choose("ed25519=libcrypto, secp256k1=libcrypto").Name
            .ShouldBe("ed25519=libcrypto,secp256k1=libcrypto");

    [Theory]
    [InlineData("fast")]
    [InlineData("ed25519=nacl")]
    [InlineData("secp256k1=")]
    [InlineData("portable=yes")]
    public void An_unknown_setting_is_refused_with_what_there_is(string setting) =>
        Should.Throw<CryptoPathException>(() => CryptoSuite.Choose(setting)).Message.ShouldStartWith("TALLY_CRYPTO");

    [Fact]
    public void The_report_names_the_path_of_each_algorithm()
    {
        var report = string.Join('\n', CryptoPaths.Report());
        report.ShouldContain($"ed25519     {CryptoSuite.Active.Ed25519.Name}");
        report.ShouldContain($"secp256k1   {CryptoSuite.Active.Secp256k1.Name}");
    }
}
