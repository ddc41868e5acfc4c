using System.CommandLine;
using System.Text.Json.Nodes;
using Tallystick.Client;

namespace Tallystick.Cli;

/// <summary>A refusal as it is said at a terminal: what it is, what in particular, which command comes next.</summary>
internal sealed record PlainRefusal(string Message, string? WhatToDo, IReadOnlyList<string> Details)
{
    public PlainRefusal(string message, string? whatToDo = null)
        : this(message, whatToDo, [])
    {
    }

    /// <summary>The server speaks to programs, of members, headers and routes; a person has options and commands.</summary>
    public static PlainRefusal Of(TallyProblemException refused, ParseResult parsed)
    {
        var said = refused.Kind switch
        {
            "unauthenticated" when refused.CredentialsWereShown => new("The server refused the API key.", Session.AboutRefusedKey(parsed)),
            "unauthenticated" => new(refused.Message, Session.HowToSignIn()),
            "invalid-request" => Invalid(refused, parsed),
            "account-not-settled" => new(
                refused.Message, "Do this first, then close the account; nothing was changed.",
                [.. (refused.Problem["obstacles"] as JsonArray ?? []).Select(o => $"{o}")]),
            _ => new PlainRefusal(refused.Message, NextStep.After(refused)),
        };
        return refused.RetryAfter is { } after && after > TimeSpan.Zero
            ? said with { WhatToDo = $"{said.WhatToDo} It may be tried again in {Math.Ceiling(after.TotalSeconds)} seconds.".TrimStart() }
            : said;
    }

    /// <summary>The detail repeats every fault: they are said once, each under the option that it came from.</summary>
    private static PlainRefusal Invalid(TallyProblemException refused, ParseResult parsed) =>
        refused.Problem["errors"] is JsonObject { Count: > 0 } faults
            ? new(
                "The server does not accept this; nothing was changed.", null,
                [.. faults.Select(f => $"{Typed.NameOf(f.Key, parsed)}: {string.Join(' ', (f.Value as JsonArray ?? []).Select(m => $"{m}"))}")])
            : new(refused.Message);
}
