using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Tallystick.Hosting;

/// <summary>
/// What the framework found wrong with a request, said in the caller's words: the member, the parameter or the place in the
/// text. The framework's own sentences name types of this program, which mean nothing outside of it.
/// </summary>
internal static partial class CallerMistakes
{
    private const string Body = "body";
    private static readonly string[] Needed = ["This is needed."];
    private static readonly string[] Unexpected = ["This value is not written as it is expected here."];

    /// <summary>The refusal of a request that could not be read into what its route takes; null when it is about something else.</summary>
    public static Refusal? Describe(BadHttpRequestException failure) => failure.InnerException is JsonException json
        ? Describe(json)
        : Unbound().Match(failure.Message) is { Success: true } unbound
            ? Problems.Invalid(Written(unbound), Unexpected[0])
            : Absent().Match(failure.Message) is { Success: true } absent
                ? Problems.Invalid(absent.Groups["name"].Success ? Written(absent) : Body, Needed[0])
                : null;

    /// <summary>
    /// Parameters that may be left out are refused without a word by the framework: these are the ones that were sent.
    /// </summary>
    public static void Suspect(ProblemDetails problem, ICollection<string> sent)
    {
        if (sent.Count > 0)
        {
            problem.Detail = $"{(sent.Count == 1 ? "This parameter is" : "One of these parameters is")} not written as it is expected here: {string.Join(", ", sent)}.";
            problem.Extensions["errors"] = sent.ToDictionary(name => name, _ => Unexpected);
        }
    }

    private static Refusal Describe(JsonException json)
    {
        if (Missing().Match(json.Message) is { Success: true } missing)
        {
            return Problems.Invalid(Quoted().Matches(missing.Groups["names"].Value)
                .ToDictionary(m => m.Groups["name"].Value, _ => Needed));
        }

        if (Unknown().Match(json.Message) is { Success: true } unknown)
        {
            return Problems.Invalid(unknown.Groups["name"].Value, "There is no such member here.");
        }

        // What the reader itself refuses is no JSON at all.
        if (json.InnerException is JsonException)
        {
            return Problems.Invalid(Body, $"This is not JSON: line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}.");
        }

        var ours = !json.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal);
        return Problems.Invalid(MemberAt(json.Path), ours ? json.Message : "This value does not fit what is expected here.");
    }

    /// <summary>Parameters are named in code otherwise than in a query.</summary>
    private static string Written(Match match) => JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups["name"].Value);

    /// <summary>A JSONPath <c>$.a.b[0]</c> as callers write it: <c>a.b[0]</c>.</summary>
    private static string MemberAt(string? path) => path is { Length: > 2 } ? path[2..] : Body;

    [GeneratedRegex("^Failed to bind parameter \"[^\"]+ (?<name>\\w+)\" from ", RegexOptions.Singleline)]
    private static partial Regex Unbound();

    [GeneratedRegex("^(Required parameter \"[^\"]+ (?<name>\\w+)\" was not provided from (query string|route|header)|Implicit body inferred|Required parameter .* body)")]
    private static partial Regex Absent();

    [GeneratedRegex("missing required properties including: (?<names>.*)$", RegexOptions.Singleline)]
    private static partial Regex Missing();

    [GeneratedRegex("'(?<name>[^']+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex("^The JSON property '(?<name>.*)' could not be mapped to any \\.NET member", RegexOptions.Singleline)]
    private static partial Regex Unknown();
}
