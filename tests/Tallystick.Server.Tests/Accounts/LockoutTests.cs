using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Server.Accounts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Accounts;

/// <summary>Guessing is hopeless, and no way to lock somebody else out.</summary>
public sealed class LockoutTests(Postgres postgres)
{
    private const string Flood = "203.0.113.7";
    private const string Home = "198.51.100.20";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flood_from_one_place_locks_the_account_there_and_nowhere_else()
    {
        await using var server = await Behind("127.0.0.1");
        var member = await Member.Creator(server);
        using var stranger = new Person(server, Flood);
        for (var i = 0; i < 10; i++)
        {
            (await stranger.SignIn(member.Email, $"guess number {i}")).ShouldContain("error=wrong");
        }

        (await stranger.SignIn(member.Email, Member.Password)).ShouldContain("error=too-many-attempts");
        using var owner = new Person(server, Home);
        (await owner.SignIn(member.Email, Member.Password)).ShouldBe("/");
    }

    [Fact]
    public async Task A_flood_from_everywhere_does_not_lock_the_owner_out_of_a_known_device()
    {
        await using var server = await Behind("127.0.0.1", ("Accounts:SignInsPerAccountAnywhere", "5"), ("Accounts:SignInsPerAccount", "3"));
        var member = await Member.Creator(server);
        using var owner = new Person(server, Home);
        (await owner.SignIn(member.Email, Member.Password)).ShouldBe("/");
        await Guess(server, member.Email, places: 8);
        using var anew = new Person(server, "198.51.100.99");

        (await anew.SignIn(member.Email, Member.Password)).ShouldContain("error=too-many-attempts");
        (await owner.SignIn(member.Email, Member.Password)).ShouldBe("/");

        // The cookie is no free pass: guesses with it are counted, too.
        for (var i = 0; i < 3; i++)
        {
            await owner.SignIn(member.Email, "forgotten by now");
        }

        (await owner.SignIn(member.Email, Member.Password)).ShouldContain("error=too-many-attempts");
    }

    [Fact]
    public async Task The_device_of_one_is_not_known_for_another()
    {
        await using var server = await Behind("127.0.0.1", ("Accounts:SignInsPerAccountAnywhere", "2"));
        var (attacker, victim) = (await Member.Creator(server), await Member.Creator(server));
        using var here = new Person(server, Flood);
        (await here.SignIn(attacker.Email, Member.Password)).ShouldBe("/");
        await here.SignIn(victim.Email, "guess one ....");
        await here.SignIn(victim.Email, "guess two ....");

        (await here.SignIn(victim.Email, Member.Password)).ShouldContain("error=too-many-attempts");
    }

    [Fact]
    public async Task The_operator_whom_strangers_locked_out_gets_in_by_the_command_on_the_machine()
    {
        await using var server = await Behind(
            "127.0.0.1",
            ("Accounts:SignInsPerAccountAnywhere", "5"),
            ("Accounts:OperatorEmail", "op@example.org"),
            ("Accounts:OperatorPassword", Member.Password));
        await Guess(server, "op@example.org", places: 8);
        using var operate = new Person(server, Home);
        (await operate.SignIn("op@example.org", Member.Password)).ShouldContain("error=too-many-attempts");

        var unlock = server.Services.GetRequiredService<UnlockAccount>();
        (await unlock.Run("nobody@example.org", Stop)).Done.ShouldBeFalse();
        (await unlock.Run(null, Stop)).Done.ShouldBeTrue();
        // The flood goes on meanwhile.
        await Guess(server, "op@example.org", places: 8);

        (await operate.SignIn("op@example.org", Member.Password)).ShouldBe("/");
    }

    [Theory]
    [InlineData("op@example.org", 0)]
    [InlineData("", 0)]
    [InlineData("nobody@example.org", 1)]
    public async Task The_command_ends_with_what_it_did(string address, int code)
    {
        var database = await postgres.NewDatabase();
        var folder = Directory.CreateTempSubdirectory("tally-test-").FullName;
        Dictionary<string, string?> settings = new()
        {
            ["Accounts:OperatorEmail"] = "op@example.org", ["Accounts:OperatorPassword"] = Member.Password,
        };
        await using var server = await TestServer.Start(postgres, settings, database, folder);
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Tallystick.Server"), ["unlock", address])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in TestServer.Settings(database, folder).Concat(settings))
        {
            start.Environment[$"Tally__{key.Replace(":", "__", StringComparison.Ordinal)}"] = value;
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop);

        process.ExitCode.ShouldBe(code, await errors);
        (code == 0 ? await output : await errors).ShouldContain(code == 0 ? "op@example.org can sign in" : "Nobody signs in");
        (await server.Database.QueryOne<long>("select count(*) from accounts.attempt where count = 0", null, Stop)).ShouldBe(1 - code);
    }

    [Fact]
    public async Task Without_a_trusted_proxy_forwarded_headers_mean_nothing()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Accounts:SignInsPerAddress"] = "3" });
        var answers = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            using var person = new Person(server, $"203.0.113.{i}");
            answers.Add(await person.SignIn($"nobody{i}@example.org", "some password"));
        }

        answers[2].ShouldContain("error=wrong");
        answers[3].ShouldContain("error=too-many-attempts");
    }

    [Fact]
    public async Task What_a_caller_wrote_before_the_proxy_added_the_address_is_not_believed()
    {
        await using var server = await Behind("127.0.0.1", ("Accounts:SignInsPerAddress", "3"));
        var answers = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            using var person = new Person(server, $"203.0.113.{i}, {Flood}");
            answers.Add(await person.SignIn($"nobody{i}@example.org", "some password"));
        }

        answers[3].ShouldContain("error=too-many-attempts");
    }

    private static async Task Guess(TestServer server, string email, int places)
    {
        for (var i = 0; i < places; i++)
        {
            using var stranger = new Person(server, $"203.0.113.{100 + i}");
            await stranger.SignIn(email, "a guess of many");
        }
    }

    private Task<TestServer> Behind(string proxy, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?> { ["Server:TrustedProxies:0"] = proxy };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        return TestServer.Start(postgres, all);
    }

    /// <summary>A browser whose requests come by a proxy that says from where.</summary>
    private sealed class Person : IDisposable
    {
        private readonly HttpClient _http;

        public Person(TestServer server, string address)
        {
            _http = new(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true }) { BaseAddress = new(server.Url) };
            _http.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-For", address);
        }

        /// <summary>Where the browser is sent.</summary>
        public async Task<string> SignIn(string email, string password)
        {
            // As a new visitor of the form, whoever was signed in before.
            using (var end = await Post("/sign-out", []))
            {
                end.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
            }

            using var answer = await Post("/sign-in", [("email", email), ("password", password)]);
            return answer.Headers.Location!.ToString();
        }

        private async Task<HttpResponseMessage> Post(string path, (string Name, string Value)[] fields)
        {
            var page = await _http.GetStringAsync("/sign-in", Stop);
            var token = Regex.Match(page, "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"").Groups[1].Value;
            using var form = new FormUrlEncodedContent(
                fields.Append(("__RequestVerificationToken", token)).Select(f => KeyValuePair.Create(f.Item1, f.Item2)));
            return await _http.PostAsync(path, form, Stop);
        }

        public void Dispose() => _http.Dispose();
    }
}
