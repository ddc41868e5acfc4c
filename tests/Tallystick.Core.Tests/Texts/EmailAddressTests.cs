using Tallystick.Core.Texts;

namespace Tallystick.Core.Tests.Texts;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("ada@example.org", "ada@example.org")]
    [InlineData("  Ada@Example.ORG ", "ada@example.org")]
    [InlineData("a@b", "a@b")]
    [InlineData("ada+tag@example.org", "ada+tag@example.org")]
    [InlineData("ada@B\u00fccher.example", "ada@xn--bcher-kva.example")]
    [InlineData("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example")]
    [InlineData("J\u00dcRGEN@example.org", "j\u00fcrgen@example.org")]
    [InlineData("\u043f\u043e\u0447\u0442\u0430@example.org", "\u043f\u043e\u0447\u0442\u0430@example.org")]
    [InlineData("\u90ae\u7bb1@example.org", "\u90ae\u7bb1@example.org")]
    public void An_address_has_one_form(string typed, string form) => EmailAddress.Normal(typed).ShouldBe(form);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData("@example.org")]
    [InlineData("a@")]
    [InlineData("a@b@c")]
    [InlineData("a b@example.org")]
    [InlineData("a\u0000@example.org")]
    [InlineData("a\u007f@example.org")]
    [InlineData("a\u00a0@example.org")]
    // Nothing to see: zero width, joiners, soft hyphen, byte order mark, fillers, selectors, tags.
    [InlineData("a\u200b@example.org")]
    [InlineData("a\u200d@example.org")]
    [InlineData("a\u00ad@example.org")]
    [InlineData("\ufeffa@example.org")]
    [InlineData("a\u115f@example.org")]
    [InlineData("a\u3164@example.org")]
    [InlineData("a\u034f@example.org")]
    [InlineData("a\ufe0f@example.org")]
    [InlineData("a\U000e0041@example.org")]
    [InlineData("a@exam\u200bple.org")]
    // Marks that turn the direction, and words of both directions.
    [InlineData("a\u202e@example.org")]
    [InlineData("a\u200f@example.org")]
    [InlineData("\u2066a\u2069@example.org")]
    [InlineData("a\u05d0@example.org")]
    [InlineData("\u0627b@example.org")]
    // Other shapes and other alphabets of the same letters.
    [InlineData("\uff41da@example.org")]
    [InlineData("\ufb01@example.org")]
    [InlineData("\U0001d400@example.org")]
    [InlineData("p\u0430ypal@example.org")]
    [InlineData("a@p\u0430ypal.example")]
    [InlineData("\u03bfda@example.org")]
    [InlineData("a@\ud800.example")]
    [InlineData("a@\u2603.example")]
    public void What_is_none_or_could_be_taken_for_another_is_refused(string? typed) => EmailAddress.Normal(typed).ShouldBeNull();

    [Fact]
    public void A_form_is_its_own_form_and_too_long_is_none()
    {
        var form = EmailAddress.Normal("J\u00dcRGEN@B\u00fccher.example");
        EmailAddress.Normal(form).ShouldBe(form);
        EmailAddress.Normal(new string('a', 250) + "@b.example").ShouldBeNull();
    }
}
