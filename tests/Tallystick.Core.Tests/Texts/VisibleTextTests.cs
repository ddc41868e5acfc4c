using Tallystick.Core.Texts;

namespace Tallystick.Core.Tests.Texts;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("=1+1")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("@SUM(A1)")]
    [InlineData("\t=1")]
    [InlineData("\r=1")]
    [InlineData(" =1")]
    [InlineData("\uff1dHYPERLINK(1)")]
    [InlineData("\uff0b1")]
    [InlineData("\uff0d1")]
    [InlineData("\uff20SUM")]
    [InlineData("\ufe661")]
    [InlineData("\u22121")]
    [InlineData("\u200b=1")]
    [InlineData("\ufeff=1")]
    [InlineData("\u202e\u200d\uff1d1")]
    [InlineData("\u00a0=1")]
    [InlineData("\ufe0f=1")]
    public void What_a_spreadsheet_could_take_for_a_formula_becomes_words(string text) =>
        VisibleText.AsCell(text).ShouldBe("'" + text);

    [Theory]
    [InlineData("")]
    [InlineData("Digits")]
    [InlineData("1 = 1")]
    [InlineData("\u200bDigits")]
    [InlineData("\u00c4pfel - und Birnen")]
    public void Everything_else_stays_as_it_is(string text) => VisibleText.AsCell(text).ShouldBe(text);
}
