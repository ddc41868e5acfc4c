using System.Text.Json;
using Tallystick.Core.Amounts;
using Tallystick.Core.Json;

namespace Tallystick.Core.Tests.Amounts;

public sealed class MoneyTests
{
    [Theory]
    [InlineData("""{"minor":500}""")]
    [InlineData("""{"currency":"USD"}""")]
    [InlineData("{}")]
    [InlineData("null")]
    public void Half_an_amount_is_none(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Money>(json, TallyJson.Options));

    [Fact]
    public void A_whole_amount_is_read_as_it_was_written()
    {
        var money = new Money(-1_250, Currency.Eur);

        JsonSerializer.Deserialize<Money>(JsonSerializer.Serialize(money, TallyJson.Options), TallyJson.Options).ShouldBe(money);
    }
}
