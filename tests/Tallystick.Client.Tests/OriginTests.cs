namespace Tallystick.Client.Tests;

/// <summary>One profile, one server: credentials go to the origin they were made for.</summary>
public sealed class OriginTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://a.example/x", "https://A.example/y", true)]
    [InlineData("https://a.example/", "https://a.example:443/", true)]
    [InlineData("https://a.example/", "http://a.example/", false)]
    [InlineData("https://a.example/", "https://a.example:8443/", false)]
    [InlineData("https://a.example/", "https://a.example.evil/", false)]
    public void An_origin_is_scheme_host_and_port(string one, string other, bool same) =>
        Origin.IsSame(new Uri(one), new Uri(other)).ShouldBe(same);

    [Fact]
    public async Task A_redirect_is_not_followed_and_says_where_to()
    {
        await using var other = new RawServer((_, _, to, stop) => RawServer.Send(to, "200 OK", "stolen", stop));
        await using var server = new RawServer((_, _, to, stop) => RawServer.Send(to, $"307 Moved\r\nLocation: {other.Address}x", "", stop));
        using var tally = new TallyClient(server.Address, "tsk_secret");

        var refused = await Should.ThrowAsync<TallyProblemException>(() => tally.Get<string>("v1/works", Stop));

        refused.Message.ShouldContain(other.Address.ToString());
        other.Heads.ShouldBeEmpty();
        server.Heads.Single().ShouldContain("Bearer tsk_secret");
    }

    [Theory]
    [InlineData("{0}x")]
    [InlineData("//127.0.0.1:{1}/x")]
    public async Task A_path_that_is_an_address_of_its_own_gets_nothing(string path)
    {
        await using var other = new RawServer((_, _, to, stop) => RawServer.Send(to, "200 OK", "stolen", stop));
        using var tally = new TallyClient(new Uri("http://127.0.0.1:9/"), "tsk_secret");
        var elsewhere = string.Format(System.Globalization.CultureInfo.InvariantCulture, path, other.Address, other.Address.Port);

        await Should.ThrowAsync<InvalidDataException>(() => tally.Get<string>(elsewhere, Stop));

        other.Heads.ShouldBeEmpty();
    }
}
