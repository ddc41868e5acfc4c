using System.Text.Json.Nodes;

namespace Tallystick.EndToEnd.Tests.Cli;

/// <summary>A profile's key goes to the server it was made for, and a licence to that server's gate.</summary>
public sealed class OneServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-one-").FullName;
    private readonly Dictionary<string, string> _environment = [];

    public OneServerTests()
    {
        _environment["TALLY_PROFILES"] = Path.Combine(_folder, "profiles");
        Directory.CreateDirectory(_environment["TALLY_PROFILES"]);
        Profile("lab", "https://tally.example/");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_key_is_not_sent_to_another_server_than_its_own()
    {
        await using var other = new Echo();

        var named = await Tally("whoami", "--as", "lab", "--server", other.Address);
        Profile("default", "https://tally.example/");
        await Tally("whoami", "--server", other.Address);
        _environment["TALLY_SERVER_URL"] = other.Address;
        await Tally("whoami");

        named.ExitCode.ShouldBe(64);
        named.Errors.ShouldContain("is for https://tally.example/");
        other.Heads.Count.ShouldBe(2, "the default profile is not meant: asked as anybody would");
        other.Heads.ShouldAllBe(head => !head.Contains("tsk_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_licence_is_not_shown_to_the_gate_of_another_server()
    {
        await using var gate = new Echo();
        _environment["TALLY_GATE_URL"] = gate.Address;
        var licence = Path.Combine(_folder, "licence.jwt");
        var claims = new JsonObject { ["content_id"] = "wrk_01jd0000000000000000000000", ["iss"] = "https://tally.example" };
        await File.WriteAllTextAsync(
            licence, $"h.{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(claims.ToJsonString()))}.s",
            TestContext.Current.CancellationToken);

        var refused = await Tally("pull", licence, "--to", Path.Combine(_folder, "to"));
        refused.ExitCode.ShouldBe(64, refused.Errors);
        refused.Errors.ShouldContain("--gate");
        gate.Heads.ShouldBeEmpty();

        Profile("lab", "https://tally.example/", gate.Address);
        await Tally("pull", licence, "--to", Path.Combine(_folder, "to"), "--as", "lab");
        gate.Heads.ShouldAllBe(head => head.Contains("Bearer h.", StringComparison.Ordinal));
        gate.Heads.ShouldNotBeEmpty();
    }

    private void Profile(string name, string server, string? gate = null) => File.WriteAllText(
        Path.Combine(_environment["TALLY_PROFILES"], name + ".json"),
        new JsonObject { ["server"] = server, ["api_key"] = "tsk_secret", ["gate"] = gate }.ToJsonString());

    private Task<Scripts.Ran> Tally(params string[] arguments) => TallyProgram.Run(_environment, TallyProgram.Path, arguments);
}
