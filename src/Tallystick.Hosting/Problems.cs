using Microsoft.AspNetCore.Http;

namespace Tallystick.Hosting;

/// <summary>The problem types that every host of ours can answer with. Modules add their own next to their slices.</summary>
public static class Problems
{
    /// <summary>Malformed or out of range.</summary>
    public static readonly ProblemType InvalidRequest = new(
        "invalid-request", StatusCodes.Status400BadRequest, "The request is not valid.",
        "Correct the members named in 'errors' and send it again; nothing was changed.");

    /// <summary>No or unknown credentials.</summary>
    public static readonly ProblemType Unauthenticated = new(
        "unauthenticated", StatusCodes.Status401Unauthorized, "Credentials are missing or not valid.",
        "Send an API key as 'Authorization: Bearer tsk_…' or sign in.");

    /// <summary>Known, but not allowed.</summary>
    public static readonly ProblemType Forbidden = new(
        "forbidden", StatusCodes.Status403Forbidden, "These credentials do not allow this.",
        "Use credentials with the scope or role named in the detail.");

    /// <summary>Nothing there, or nothing the caller may know of.</summary>
    public static readonly ProblemType NotFound = new(
        "not-found", StatusCodes.Status404NotFound, "There is no such thing here.",
        "Check the id; things of other organisations are not shown.");

    /// <summary>The state does not allow it.</summary>
    public static readonly ProblemType Conflict = new(
        "conflict", StatusCodes.Status409Conflict, "The current state does not allow this.",
        "Read the current state and decide again.");

    /// <summary>Too large.</summary>
    public static readonly ProblemType TooLarge = new(
        "too-large", StatusCodes.Status413PayloadTooLarge, "The body is larger than this route accepts.",
        "Send less at once.");

    /// <summary>Another media type was expected.</summary>
    public static readonly ProblemType UnsupportedMediaType = new(
        "unsupported-media-type", StatusCodes.Status415UnsupportedMediaType, "This media type is not accepted here.",
        "Send the media type that the OpenAPI document names.");

    /// <summary>Too often.</summary>
    public static readonly ProblemType TooManyRequests = new(
        "too-many-requests", StatusCodes.Status429TooManyRequests, "Too many requests.",
        "Wait for the seconds in Retry-After.");

    /// <summary>Our fault.</summary>
    public static readonly ProblemType Internal = new(
        "internal", StatusCodes.Status500InternalServerError, "Something broke on our side.",
        "Try again with the same idempotency key; quote the trace id when you report it.");

    /// <summary>Not now.</summary>
    public static readonly ProblemType Unavailable = new(
        "unavailable", StatusCodes.Status503ServiceUnavailable, "This cannot be answered right now.",
        "Try again after the seconds in Retry-After, with the same idempotency key.");

    /// <summary>Said to a connection, before any request.</summary>
    public static readonly ProblemType TooManyConnections = new(
        "too-many-connections", StatusCodes.Status503ServiceUnavailable, "All connections are taken.",
        "Try again after the seconds in Retry-After, over fewer connections; nothing was charged.");

    /// <summary>One invalid member: <c>errors: {member: [message]}</c>.</summary>
    public static Refusal Invalid(string member, string message) =>
        Invalid(new Dictionary<string, string[]> { [member] = [message] });

    /// <summary>All invalid members at once.</summary>
    public static Refusal Invalid(IReadOnlyDictionary<string, string[]> errors) => InvalidRequest.With(
        string.Join(" ", errors.SelectMany(e => e.Value.Select(m => $"{e.Key}: {m}"))),
        new Dictionary<string, object?> { ["errors"] = errors });
}
