using System.Text.Json;
using Tallystick.Core.Json;

namespace Tallystick.Core.Tests.Json;

/// <summary>The same text is the same instant on every host.</summary>
public sealed class InstantsTests
{
    [Theory]
    [InlineData("2026-11-29T12:00:00Z")]
    [InlineData("2026-11-29T13:00:00+01:00")]
    [InlineData("2026-11-29T07:00:00.0000000-05:00")]
    public void An_instant_with_its_offset_is_read(string text)
    {
        var noon = new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

        JsonSerializer.Deserialize<DateTimeOffset>($"\"{text}\"", TallyJson.Options).ShouldBe(noon);
        Instants.TryParse(text, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(noon);
    }

    [Theory]
    [InlineData("2026-11-29T12:00:00")]
    [InlineData("2026-11-29T12:00")]
    [InlineData("2026-11-29")]
    [InlineData("2026-11-29 12:00:00 01:00")]
    [InlineData("11/29/2026 12:00")]
    [InlineData("T")]
    [InlineData("TZ")]
    [InlineData("")]
    public void Without_one_it_is_refused(string text)
    {
        var refused = Should.Throw<JsonException>(
            () => JsonSerializer.Deserialize<DateTimeOffset>($"\"{text}\"", TallyJson.Options));
        refused.Message.ShouldContain("offset");
        Instants.TryParse(text, out _).ShouldBeFalse();
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var instant = new DateTimeOffset(2026, 11, 29, 12, 0, 0, 123, TimeSpan.FromHours(5.5));

        JsonSerializer.Deserialize<DateTimeOffset>(JsonSerializer.Serialize(instant, TallyJson.Options), TallyJson.Options).ShouldBe(instant);
    }
}
