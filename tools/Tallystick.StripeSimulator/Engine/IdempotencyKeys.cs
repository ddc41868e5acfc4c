using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Engine;

/// <summary>A response kept for its key.</summary>
internal sealed record StoredResponse(string Path, string Parameters, int Status, string Body, string RequestId, long At);

/// <summary>Keys per account: the same request gets the first response again, also when that was an error.</summary>
internal sealed class IdempotencyKeys
{
    // The real interface may forget a key after 24 hours; forgetting at the earliest moment finds callers who rely on more.
    const long KeptSeconds = 24 * 3600;
    public const int LengthMax = 255;

    readonly Dictionary<(string Owner, string Key), StoredResponse> stored = [];

    public StoredResponse? Find(string owner, string key, long now) =>
        stored.TryGetValue((owner, key), out var response) && now - response.At < KeptSeconds ? response : null;

    public void Store(string owner, string key, StoredResponse response) => stored[(owner, key)] = response;

    /// <summary>The refusal of a key that was used for something else, or null when the request is the same.</summary>
    public static StripeError? Refuse(StoredResponse response, string key, string path, string parameters)
    {
        if (response.Path != path)
            return new StripeError(400, "idempotency_error", null, null,
                "Keys for idempotent requests can only be used for the same endpoint they were first used for "
                + $"('{path}' vs '{response.Path}'). Try using a key other than '{key}' if you meant to execute a "
                + "different request.");
        return response.Parameters == parameters
            ? null
            : new StripeError(400, "idempotency_error", null, null,
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                + $"Try using a key other than '{key}' if you meant to execute a different request.");
    }
}
