using System.Text.Json.Nodes;

namespace Tallystick.Client;

/// <summary>The server or a gate refused, and said why (RFC 9457 problem details).</summary>
public sealed class TallyProblemException : Exception
{
    internal TallyProblemException(int status, JsonObject problem, TimeSpan? retryAfter = null, bool credentialsWereShown = false)
        : base(problem["detail"]?.ToString() ?? problem["title"]?.ToString() ?? $"The server answered {status}.")
    {
        Status = status;
        Problem = problem;
        RetryAfter = retryAfter;
        CredentialsWereShown = credentialsWereShown;
    }

    /// <summary>HTTP status.</summary>
    public int Status { get; }

    /// <summary>The whole problem document; empty when the answer had none.</summary>
    public JsonObject Problem { get; }

    /// <summary>When it is worth asking again, counted from the answer; null when that was not said.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>True when an API key or a licence went with the request: then 401 says that it is no good, not that it is missing.</summary>
    public bool CredentialsWereShown { get; }

    /// <summary>Last part of the problem's type, such as <c>wallet-empty</c>; null without a problem document.</summary>
    public string? Kind => Problem["type"]?.ToString() is { } type ? type[(type.LastIndexOf('/') + 1)..] : null;

    /// <summary>What the one who got it should do next.</summary>
    public string? WhatToDo => Problem["what_to_do"]?.ToString();
}
