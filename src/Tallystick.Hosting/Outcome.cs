using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Tallystick.Hosting;

/// <summary>A kind of refusal: stable, documented in docs/problems.md (RFC 9457).</summary>
/// <param name="Slug">Last part of the type URI; never changes.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">What happened, the same for every occurrence.</param>
/// <param name="WhatToDo">What the caller does next.</param>
public sealed record ProblemType(string Slug, int Status, string Title, string WhatToDo)
{
    /// <summary>The type URI.</summary>
    public string Uri => $"https://tallystick.dev/problems/{Slug}";

    /// <summary>This refusal, with what is particular about it.</summary>
    public Refusal With(string detail, IReadOnlyDictionary<string, object?>? extensions = null) =>
        new(this, detail, extensions);
}

/// <summary>An expected refusal.</summary>
/// <param name="Type">Which kind.</param>
/// <param name="Detail">What is particular about this one; no secrets, no other people's data.</param>
/// <param name="Extensions">Further members of the problem document, for machines.</param>
public sealed record Refusal(ProblemType Type, string Detail, IReadOnlyDictionary<string, object?>? Extensions = null)
{
    /// <summary>The extension member that says when to try again; also sent as Retry-After.</summary>
    public const string RetryAfterSeconds = "retry_after_seconds";

    /// <summary>As problem+json.</summary>
    public IResult ToHttp()
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal) { ["what_to_do"] = Type.WhatToDo };
        foreach (var (name, value) in Extensions ?? new Dictionary<string, object?>())
        {
            members[name] = value;
        }

        var problem = Results.Problem(
            Detail, statusCode: Type.Status, title: Type.Title, type: Type.Uri, extensions: members);
        return members.TryGetValue(RetryAfterSeconds, out var seconds) && seconds is long wait
            ? new Later(problem, wait)
            : problem;
    }

    // The same number where HTTP clients look for it (RFC 9110, section 10.2.3).
    private sealed class Later(IResult problem, long seconds) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return problem.ExecuteAsync(httpContext);
        }
    }
}

/// <summary>What a handler comes to: a value or a refusal. Both convert implicitly.</summary>
public readonly struct Outcome<T>
{
    private readonly T? _value;

    private Outcome(T? value, Refusal? refusal) => (_value, Refusal) = (value, refusal);

    /// <summary>The refusal, or null when there is a value.</summary>
    public Refusal? Refusal { get; }

    /// <summary>The value; throws when it was refused.</summary>
    public T Value => Refusal is null
        ? _value!
        : throw new InvalidOperationException($"Refused: {Refusal.Type.Slug}: {Refusal.Detail}");

    /// <summary>A value.</summary>
    public static implicit operator Outcome<T>(T value) => new(value, null);

    /// <summary>A refusal.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);

    /// <summary>True, and the value, unless it was refused.</summary>
    public bool Succeeded([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        (value, refusal) = (_value, Refusal);
        return refusal is null;
    }

    /// <summary>The value by <paramref name="answer"/>, or the problem document.</summary>
    public IResult ToHttp(Func<T, IResult> answer) => Refusal is null ? answer(_value!) : Refusal.ToHttp();
}
