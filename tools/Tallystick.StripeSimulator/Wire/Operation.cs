using Tallystick.StripeSimulator.Engine;

namespace Tallystick.StripeSimulator.Wire;

/// <summary>One authenticated, validated request on its way into a handler.</summary>
/// <param name="World">The state that the handler reads and changes.</param>
/// <param name="Owner">The account on whose behalf the request acts (platform, or <c>Stripe-Account</c>).</param>
/// <param name="Ids">The <c>{id}</c> segments of the path, in order.</param>
/// <param name="Arguments">The checked parameters.</param>
internal sealed record Call(World World, string Owner, IReadOnlyList<string> Ids, Arguments Arguments)
{
    public bool IsPlatform => Owner == World.Platform.Id;

    public string Currency => Arguments.TextOf("currency").ToLowerInvariant();
}

/// <summary>A route of the interface with its parameters as data.</summary>
internal sealed record Operation(string Method, string Pattern, Parameter[] Schema, Func<Call, Answer> Handle)
{
    readonly string[] segments = Pattern.Split('/');

    /// <summary>The kind of object answered, or listed; it decides what can be expanded.</summary>
    public string Noun { get; init; } = "";

    public bool IsList { get; init; }

    public Operation Of(string noun) => this with { Noun = noun };

    public static Operation Get(string pattern, Func<Call, Answer> handle, params Parameter[] schema) =>
        new("GET", pattern, [.. schema, P.Expand], handle);

    public static Operation List(string pattern, Func<Call, Answer> handle, params Parameter[] filters) =>
        new("GET", pattern, [.. filters, .. P.Paging], handle) { IsList = true };

    public static Operation Post(string pattern, Func<Call, Answer> handle, params Parameter[] schema) =>
        new("POST", pattern, [.. schema, P.Expand], handle);

    public bool Matches(string method, string[] path, out List<string> ids)
    {
        ids = [];
        if (method != Method || path.Length != segments.Length)
            return false;
        for (var i = 0; i < path.Length; i++)
        {
            if (segments[i] == "{id}" && path[i].Length > 0)
                ids.Add(path[i]);
            else if (segments[i] != path[i])
                return false;
        }

        return true;
    }
}
