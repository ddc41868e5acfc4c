using Tallystick.Crypto;

namespace Tallystick.Xrpl.Tests;

public sealed class ValueTests
{
    private const string Genesis = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh";

    [Fact]
    public void An_account_is_the_same_as_text_and_as_bytes()
    {
        var random = new Random(3);
        var id = new byte[20];
        for (var round = 0; round < 500; round++)
        {
            random.NextBytes(id);
            id.AsSpan(0, round % 20).Clear();
            var account = new AccountId(id);
            AccountId.Parse(account.ToString()).ShouldBe(account);
            account.ToString()[0].ShouldBe('r');
        }

        new AccountId(new byte[20]).ToString().ShouldBe("rrrrrrrrrrrrrrrrrrrrrhoLvTp");
    }

    [Theory]
    [InlineData("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyT", "bad checksum")]
    [InlineData("Hb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "")]
    [InlineData("rrHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "")]
    [InlineData("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh ", "character ' ' at 34")]
    [InlineData("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTé", "character 'é'")]
    [InlineData("snoPBrXtMeMyMHUVTgbuqAfg1SUTb", "another kind")]
    [InlineData("XVPcpSm47b1CZkf5AkKM9a84dQHe3m4sBhsrA4XtnBECTAc", "another kind")]
    [InlineData("nHBtDzdRDykxiuv7uSMPTcGexNm879RUUz5GW4h1qgjbtyvWZ1LE", "")]
    [InlineData("", "empty")]
    public void What_is_no_address_is_refused_with_the_reason(string text, string reason)
    {
        AccountId.TryParse(text, out var account, out var problem).ShouldBeFalse();
        problem.ShouldNotBeEmpty();
        problem.ShouldContain(reason);
        account.ShouldBe(default);
    }

    [Fact]
    public void A_changed_character_never_gives_another_address()
    {
        const string Alphabet = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
        for (var at = 0; at < Genesis.Length; at++)
        {
            foreach (var other in Alphabet.Where(other => other != Genesis[at]))
            {
                AccountId.TryParse(Genesis[..at] + other + Genesis[(at + 1)..], out _, out _).ShouldBeFalse();
            }
        }
    }

    [Fact]
    public void Tag_zero_is_a_tag_and_no_tag_is_none_on_both_networks()
    {
        var account = AccountId.Parse(Genesis);
        var texts = new List<string>();
        foreach (var isTest in new[] { false, true })
        {
            foreach (uint? tag in new uint?[] { null, 0, 1, 255, 256, 65_536, uint.MaxValue })
            {
                var address = new XAddress(account, tag, isTest);
                XAddress.Parse(address.ToString()).ShouldBe(address);
                texts.Add(address.ToString());
            }
        }

        texts.Distinct().Count().ShouldBe(14);
        texts.Count(text => text[0] == 'X').ShouldBe(7);
        texts.Count(text => text[0] == 'T').ShouldBe(7);
    }

    [Theory]
    [InlineData(0, 1, "flagged as having none")]
    [InlineData(1, 1UL << 32, "above 32 bits")]
    [InlineData(2, 0, "unknown tag flag 2")]
    public void A_tag_field_that_contradicts_itself_is_refused(byte flag, ulong tag, string reason)
    {
        byte[] payload = [.. new byte[20], flag, .. BitConverter.GetBytes(tag)];
        var text = Base58.Encode([0x05, 0x44], payload);
        XAddress.TryParse(text, out _, out var problem).ShouldBeFalse();
        problem.ShouldContain(reason);
    }

    [Theory]
    [InlineData("aBQG8RQAzjs1eTKFEAQXr2gS4utcDiEC9wmi7pfUPTi27VCahwgw", "0330E7FC9D56BB25D6893BA3F317AE5BCF33B3291BD63DB32654A313222F7FD020")]
    [InlineData("aKGheSBjmCsKJVuLNKRAKpZXT6wpk2FCuEZAXJupXgdAxX5THCqR", "EDAAC3F98BB94F451804EF5993C847DAAA4E6154F455635659D88AA5C80F156303")]
    public void The_key_of_an_account_is_the_same_in_base58_and_in_hexadecimal(string text, string hex)
    {
        var key = PublicKey.ParseBase58(text);
        key.ToString().ShouldBe(hex);
        key.ToBase58().ShouldBe(text);
        // A protocol that says hexadecimal takes no other spelling.
        PublicKey.TryParse(text, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("aBQG8RQAzjs1eTKFEAQXr2gS4utcDiEC9wmi7pfUPTi27VCahwgx", "bad checksum")]
    [InlineData("n9Li8HtemeduFqNSPQeGS4ppd1Vs4vM2rnQAYqgXxf2bWBGZjMCT", "another kind")]
    [InlineData("0330E7FC9D56BB25D6893BA3F317AE5BCF33B3291BD63DB32654A313222F7FD020", "")]
    [InlineData("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "")]
    [InlineData("", "empty")]
    public void What_is_no_key_of_an_account_is_refused_with_the_reason(string text, string reason)
    {
        PublicKey.TryParseBase58(text, out var key, out var problem).ShouldBeFalse();
        problem.ShouldNotBeEmpty();
        problem.ShouldContain(reason);
        key.ShouldBe(default);
        Should.Throw<XrplFormatException>(() => PublicKey.ParseBase58(text));
    }

    [Fact]
    public void Bytes_that_begin_like_no_key_are_none_in_base58_either()
    {
        PublicKey.TryParseBase58(Base58.Encode([0x23], new byte[33]), out _, out var problem).ShouldBeFalse();
        problem.ShouldBe("starts with 00, not 02, 03 or ED");
    }

    [Fact]
    public void A_seed_says_its_algorithm_only_when_its_text_does()
    {
        using var family = Seed.Parse("snoPBrXtMeMyMHUVTgbuqAfg1SUTb");
        using var edwards = Seed.Parse("sEdVQ4wvD1AaTG6JA54qt38TengAuiz");
        family.Algorithm.ShouldBe(SignatureAlgorithm.Secp256k1);
        edwards.Algorithm.ShouldBe(SignatureAlgorithm.Ed25519);
        family.Entropy.ToArray().ShouldBe(edwards.Entropy.ToArray());
        using var key = family.DeriveKeyPair();
        using var forced = family.DeriveKeyPair(SignatureAlgorithm.Ed25519);
        key.Account.ToString().ShouldBe(Genesis);
        forced.Account.ToString().ShouldBe("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf");
        family.ToString().ShouldNotContain("sno");
        Seed.TryParse("sEdVQ4wvD1AaTG6JA54qt38TengAuiy", out _, out var problem).ShouldBeFalse();
        problem.ShouldBe("bad checksum");
        Should.Throw<XrplFormatException>(() => Seed.Parse(Genesis));
    }

    [Fact]
    public void A_disposed_seed_has_nothing_left_and_a_new_one_is_new()
    {
        var seed = Seed.Generate(SignatureAlgorithm.Ed25519);
        using var other = Seed.Generate(SignatureAlgorithm.Ed25519);
        seed.Reveal().ShouldNotBe(other.Reveal());
        seed.Reveal().ShouldStartWith("sEd");
        seed.Dispose();
        Should.Throw<ObjectDisposedException>(() => seed.Reveal());
        Should.Throw<ObjectDisposedException>(() => seed.DeriveKeyPair());
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("0.00", "0")]
    [InlineData("1", "1")]
    [InlineData("+1.50", "1.5")]
    [InlineData("-12.5", "-12.5")]
    [InlineData("1e3", "1000")]
    [InlineData("1E-3", "0.001")]
    [InlineData("0001.2", "1.2")]
    [InlineData("1234567890123456", "1234567890123456")]
    [InlineData("0.000000000000000000000001", "0.000000000000000000000001")]
    [InlineData("100000000000000000000000", "100000000000000000000000")]
    public void Issued_values_are_exact(string text, string plain)
    {
        var value = IssuedValue.Parse(text);
        value.ToString().ShouldBe(plain);
        IssuedValue.FromBits(value.ToBits()).ShouldBe(value);
        IssuedValue.Parse(value.ToString()).ShouldBe(value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("1e")]
    [InlineData("1e1000000")]
    [InlineData("1e+-3")]
    [InlineData("--1")]
    [InlineData("0x10")]
    [InlineData("1,5")]
    [InlineData(" 1")]
    [InlineData("NaN")]
    [InlineData("12345678901234567")]
    [InlineData("1e97")]
    [InlineData("1e-82")]
    [InlineData("9999999999999999e81")]
    [InlineData("١")]
    public void What_is_no_issued_value_is_refused(string text) =>
        Should.Throw<XrplFormatException>(() => IssuedValue.Parse(text));

    [Fact]
    public void The_ends_of_the_range_of_issued_values_hold()
    {
        IssuedValue.Parse("1000000000000000e-96").Exponent.ShouldBe(-96);
        IssuedValue.Parse("9999999999999999e80").Exponent.ShouldBe(80);
        var random = new Random(8);
        for (var round = 0; round < 2000; round++)
        {
            var text = $"{(round % 2 == 0 ? "-" : "")}{random.NextInt64(1, 10_000_000_000_000_000)}e{random.Next(-80, 65)}";
            var value = IssuedValue.Parse(text);
            IssuedValue.FromBits(value.ToBits()).ShouldBe(value);
            IssuedValue.Parse(value.ToString()).ShouldBe(value);
        }
    }

    [Theory]
    [InlineData("USD", true)]
    [InlineData("x|>", true)]
    [InlineData("US", false)]
    [InlineData("US ", false)]
    [InlineData("U€D", false)]
    [InlineData("0158415500000000C1F76FF6ECB0BAC600000000", true)]
    [InlineData("0000000000000000000000005852500000000000", true)]
    public void A_currency_is_three_characters_or_forty_digits(string text, bool good)
    {
        if (good)
        {
            CurrencyCode.Parse(text).ToString().ShouldBe(text);
        }
        else
        {
            Should.Throw<XrplFormatException>(() => CurrencyCode.Parse(text));
        }
    }

    [Theory]
    [InlineData("18446744073709551615", true)]
    [InlineData("18446744073709551616", false)]
    [InlineData("-1", false)]
    [InlineData("+1", false)]
    [InlineData("1.0", false)]
    [InlineData("1e6", false)]
    [InlineData("", false)]
    public void Drops_are_whole_numbers_of_64_bits(string text, bool good) =>
        Drops.TryParse(text, out _).ShouldBe(good);

    [Fact]
    public void Drops_never_wrap()
    {
        Should.Throw<OverflowException>(() => new Drops(ulong.MaxValue) + new Drops(1));
        Should.Throw<OverflowException>(() => new Drops(1) - new Drops(2));
        (new Drops(5) - new Drops(2)).ShouldBe(new Drops(3));
        (new Drops(5) > new Drops(2)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("C000000000000000", true)]
    [InlineData("CFFFFFFFFFFFFFFF", true)]
    [InlineData("c0ca2aa7326fc045", true)]
    [InlineData("D000000000000000", false)]
    [InlineData("0xC0000000000000", false)]
    [InlineData("C00000000000000", false)]
    [InlineData("C0000000000000000", false)]
    [InlineData("C00000000000000G", false)]
    public void A_ctid_is_c_and_15_digits(string text, bool good)
    {
        Ctid.TryParse(text, out var ctid).ShouldBe(good);
        if (good)
        {
            ctid.ToString().ShouldBe(text.ToUpperInvariant());
            new Ctid(ctid.LedgerIndex, ctid.TransactionIndex, ctid.NetworkId).ShouldBe(ctid);
        }
    }

    [Fact]
    public void A_ledger_index_above_28_bits_has_no_ctid() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new Ctid(0x1000_0000, 0, 0));

    [Fact]
    public void Time_starts_in_2000_and_ends_with_its_32_bits()
    {
        new RippleTime(0).ToString().ShouldBe("2000-01-01T00:00:00Z");
        RippleTime.From(new RippleTime(uint.MaxValue).ToInstant()).Seconds.ShouldBe(uint.MaxValue);
        Should.Throw<ArgumentOutOfRangeException>(() => RippleTime.FromUnixSeconds(946_684_799));
        Should.Throw<ArgumentOutOfRangeException>(() => RippleTime.FromUnixSeconds(946_684_800L + uint.MaxValue + 1));
    }

    [Fact]
    public void Private_keys_are_never_repeated_in_complaints()
    {
        var secret = "05" + new string('A', 64);
        Should.Throw<XrplFormatException>(() => KeyPair.Parse(secret)).Message.ShouldNotContain("AAAA");
        Should.Throw<XrplFormatException>(() => KeyPair.Parse("00" + new string('0', 64)));
        Should.Throw<XrplFormatException>(() => KeyPair.Parse("00" + new string('F', 64)));
        Should.Throw<XrplFormatException>(() => KeyPair.Parse("ED"));
    }
}
