using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tallystick.EndToEnd.Tests.Scripts;

namespace Tallystick.EndToEnd.Tests.Cli;

/// <summary>A refusal is told in options and commands; members, headers and routes are for programs.</summary>
public sealed partial class PlainWordsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-words-").FullName;
    private readonly Dictionary<string, string> _environment = [];

    public PlainWordsTests()
    {
        _environment["TALLY_PROFILES"] = Path.Combine(_folder, "profiles");
        _environment["TALLY_API_KEY"] = "tsk_wrong";
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_to_do_is_said_in_commands_whatever_the_problem()
    {
        var rows = (await File.ReadAllLinesAsync(
                Path.Combine(Installation.Repository, "docs", "problems.md"), TestContext.Current.CancellationToken))
            .Select(line => line.Split('|')).Where(cells => cells.Length == 6 && cells[1].Contains('`'))
            .Select(cells => (Slug: cells[1].Trim(' ', '`'), WhatToDo: cells[4].Trim()))
            .Where(row => ForPrograms().IsMatch(row.WhatToDo) && !OfGates.Contains(row.Slug)).ToList();
        rows.Count.ShouldBeGreaterThan(15);
        var asked = 0;
        await using var server = new Echo(_ => Problem(409, rows[asked++].Slug, new() { ["what_to_do"] = rows[asked - 1].WhatToDo }));

        foreach (var (slug, _) in rows)
        {
            var ran = await Tally(server, "withdraw", "off_01jd0000000000000000000000");

            ran.ExitCode.ShouldBe(1, ran.Errors);
            ForPrograms().IsMatch(ran.Errors).ShouldBeFalse($"{slug}: {ran.Errors}");
        }
    }

    [Fact]
    public async Task What_is_not_valid_is_told_once_under_the_option_it_came_from()
    {
        await using var server = new Echo(_ => Problem(400, "invalid-request", new()
        {
            ["detail"] = "terms.valid_days: Between 1 and 3653. terms.territories: Two letters.",
            ["what_to_do"] = "Correct the members named in 'errors' and send it again; nothing was changed.",
            ["errors"] = new JsonObject
            {
                ["terms.valid_days"] = new JsonArray("Between 1 and 3653."), ["terms.territories"] = new JsonArray("Two letters."),
            },
        }));

        var ran = await Tally(server, "offer", "wrk_01jd0000000000000000000000", "--price", "1 USD once", "--valid-days", "0", "--territory", "xx");

        ran.ExitCode.ShouldBe(1);
        ran.ErrorLines.ShouldBe([
            "The server does not accept this; nothing was changed.", "  --valid-days: Between 1 and 3653.", "  --territory: Two letters."]);
    }

    [Fact]
    public async Task What_stands_in_the_way_of_closing_is_listed()
    {
        await using var server = new Echo(_ => Problem(409, "account-not-settled", new()
        {
            ["what_to_do"] = "Do what 'obstacles' names and close it then; nothing was changed.",
            ["obstacles"] = new JsonArray("Your wallet holds 3.00 USD."),
        }));

        var ran = await Tally(server, "close-account", "Lab");

        ran.Errors.ShouldContain("Your wallet holds 3.00 USD.");
        ran.Errors.ShouldNotContain("'obstacles'");
    }

    [Fact]
    public async Task A_key_that_is_refused_is_told_from_one_that_is_missing()
    {
        await using var server = new Echo(_ => Problem(401, "unauthenticated", []));

        var wrong = await Tally(server, "wallet");
        _environment.Remove("TALLY_API_KEY");
        var missing = await Tally(server, "wallet");

        wrong.Errors.ShouldContain("The key in TALLY_API_KEY is not known there, or it is closed");
        missing.Errors.ShouldContain("begin with 'tally sign-up'");
    }

    [Fact]
    public async Task Who_has_no_payout_account_is_told_how_to_open_one()
    {
        await using var server = new Echo(_ => Problem(404, "not-found", []));

        var ran = await Tally(server, "payout-account");

        ran.ExitCode.ShouldBe(1);
        ran.Errors.ShouldContain("tally payout-account --country US");
    }

    /// <summary>What only a gate, an OAuth client or a browser that follows a link is ever told.</summary>
    private static readonly string[] OfGates =
    [
        "epoch-fenced", "epoch-token-wrong", "usage-sequence-gap", "usage-identity-conflict", "usage-epoch-ended",
        "signature-refused", "password-configured", "oauth", "link-wrong-file", "token-not-for-urls",
    ];

    private static Canned Problem(int status, string slug, JsonObject members)
    {
        members["type"] = $"https://tallystick.dev/problems/{slug}";
        members["status"] = status;
        members["detail"] ??= "It is so.";
        return new(status, members.ToJsonString(), "application/problem+json");
    }

    private Task<Ran> Tally(Echo server, params string[] arguments) =>
        TallyProgram.Run(_environment, TallyProgram.Path, [.. arguments, "--server", server.Address]);

    [GeneratedRegex(@"(?<!tally )'[a-z]+(_[a-z]+)*'(?! )|'[a-z]+_[a-z_]+'|Retry-After|[Ii]dempotency|POST|GET |Authorization|with a Range|refund_until|member|OpenAPI|Content-|Bearer|Tally:|Tally-Pass")]
    private static partial Regex ForPrograms();
}
