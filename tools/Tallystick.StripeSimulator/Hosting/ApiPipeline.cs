using System.Security.Cryptography;
using System.Text;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Hosting;

/// <summary>From an HTTP request under <c>/v1</c> to a command and back, with the planned faults on the way.</summary>
internal sealed class ApiPipeline(Simulator simulator, FaultPlan faults, SimulatorOptions options, TimeProvider time)
{
    /// <summary>Far above any request of the real interface; keeps a stray upload out of memory.</summary>
    public const int BodyMaxBytes = 1024 * 1024;

    readonly Lock gate = new();
    readonly HashSet<(string? Account, string Key)> keysInUse = [];
    readonly Ids requestIds = new(RandomNumberGenerator.GetHexString(16));

    /// <summary>
    /// 1. Name the request. 2. Authenticate. 3. Check the version. 4. Meet the planned fault.
    /// 5. Read the body. 6. Hold the idempotency key, work, answer.
    /// </summary>
    public async Task HandleAsync(HttpContext http)
    {
        var (request, stop) = (http.Request, http.RequestAborted);
        var requestId = NextRequestId();                                                          // 1
        http.Response.Headers["Request-Id"] = requestId;
        http.Response.Headers["Stripe-Version"] = ApiVersion.Pinned;
        if (Authenticate(request.Headers.Authorization.ToString()) is { } stranger)               // 2
        {
            await AnswerAsync(http, stranger, stop);
            return;
        }

        if (request.Headers["Stripe-Version"].ToString() is { Length: > 0 } version
            && version != ApiVersion.Pinned)                                                      // 3
        {
            await AnswerAsync(http, StripeError.Invalid($"Invalid Stripe API version: {version}. "
                + $"This simulator speaks {ApiVersion.Pinned}."), stop);
            return;
        }

        var fault = faults.Take(request.Method, request.Path);                                    // 4
        if (await FailBeforeAsync(http, fault, stop))
            return;
        if (await ReadAsync(http, stop) is not { } form)                                          // 5
            return;
        var reply = await WorkAsync(http, requestId, form, fault, stop);                          // 6
        if (!await FailAfterAsync(http, fault, stop))
            await AnswerAsync(http, reply, stop);
    }

    async Task<Reply> WorkAsync(HttpContext http, string requestId, string form, Fault? fault, CancellationToken stop)
    {
        var request = http.Request;
        var account = request.Headers["Stripe-Account"].ToString() is { Length: > 0 } given ? given : null;
        if (request.Method == "GET")
        {
            await DelayAsync(fault, stop);
            return simulator.Get(request.Path, request.QueryString.Value?.TrimStart('?') ?? "", account);
        }

        var key = request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } sent ? sent : null;
        if (key is { Length: > IdempotencyKeys.LengthMax })
            return Error(StripeError.Invalid(
                $"Idempotency keys can be up to {IdempotencyKeys.LengthMax} characters long."));
        if (key is not null && !Hold(account, key))
            return Error(new StripeError(409, "invalid_request_error", "idempotency_key_in_use", null,
                "There is currently another in-progress request using this Idempotent Key (that probably means you "
                + "submitted twice, and the other request is still going through): " + key));
        try
        {
            await DelayAsync(fault, stop);
            return simulator.Post(new Command(
                0, "api", request.Method, request.Path, form, account, key, requestId,
                fault?.Kind == FaultKinds.ErrorStored ? fault.Kind : null));
        }
        finally
        {
            if (key is not null)
                Release(account, key);
        }
    }

    StripeError? Authenticate(string header)
    {
        var key = header switch
        {
            _ when header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) => header[7..].Trim(),
            _ when header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) => BasicUser(header[6..].Trim()),
            _ => "",
        };
        if (key.Length == 0)
            return StripeError.Unauthorized(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
                + "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').");
        if (key.StartsWith("pk_", StringComparison.Ordinal))
            return new StripeError(403, "invalid_request_error", "secret_key_required", null,
                "This API call cannot be made with a publishable API key. Please use a secret API key.");
        if (key.StartsWith("sk_live_", StringComparison.Ordinal) || key.StartsWith("rk_live_", StringComparison.Ordinal))
            return StripeError.Unauthorized(
                "A live mode key was sent to a simulator. It was not kept; treat it as exposed.", "testmode_charges_only");
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(options.SecretKey))
            ? null
            : StripeError.Unauthorized($"Invalid API Key provided: {Masked(key)}");
    }

    static string BasicUser(string encoded)
    {
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length).Split(':')[0]
            : "";
    }

    static string Masked(string key) => key.Length < 12 ? "****" : $"{key[..8]}{new string('*', key.Length - 12)}{key[^4..]}";

    static async Task<string?> ReadAsync(HttpContext http, CancellationToken stop)
    {
        var request = http.Request;
        if (request.Method == "GET")
            return "";
        if (request.ContentLength > 0
            && request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            await AnswerAsync(http, StripeError.Invalid(
                $"Invalid request (check that your POST content type is application/x-www-form-urlencoded): "
                + $"{request.ContentType}"), stop);
            return null;
        }

        try
        {
            using var reader = new StreamReader(request.Body, Encoding.UTF8);
            return await reader.ReadToEndAsync(stop);
        }
        catch (BadHttpRequestException wrong)
        {
            // The server counts the bytes as they come: see BodyMaxBytes.
            await AnswerAsync(http, new StripeError(
                wrong.StatusCode, "invalid_request_error", null, null, "The request body could not be read."), stop);
            return null;
        }
    }

    async Task<bool> FailBeforeAsync(HttpContext http, Fault? fault, CancellationToken stop)
    {
        switch (fault?.Kind)
        {
            case FaultKinds.TimeoutBefore:
                await HangAsync(http, fault, stop);
                return true;
            case FaultKinds.ErrorBefore:
                await AnswerAsync(http, StripeError.Internal("An unknown error occurred"), stop);
                return true;
            case FaultKinds.RateLimit:
                await AnswerAsync(http, new StripeError(429, "invalid_request_error", "rate_limit", null,
                    "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."), stop);
                return true;
            case FaultKinds.Forbidden:
                await AnswerAsync(http, new StripeError(403, "invalid_request_error", null, null,
                    "The provided key 'sk_test_***' does not have the required permissions for this endpoint."), stop);
                return true;
            case FaultKinds.Unauthorized:
                await AnswerAsync(http, StripeError.Unauthorized("Invalid API Key provided: sk_test_***"), stop);
                return true;
            case FaultKinds.Refused:
                await AnswerAsync(http, StripeError.Invalid("This request was refused after a review."), stop);
                return true;
            default:
                return false;
        }
    }

    async Task<bool> FailAfterAsync(HttpContext http, Fault? fault, CancellationToken stop)
    {
        switch (fault?.Kind)
        {
            case FaultKinds.TimeoutAfter:
                await HangAsync(http, fault, stop);
                return true;
            case FaultKinds.ResetAfter:
                http.Abort();
                return true;
            case FaultKinds.ErrorAfter:
                await AnswerAsync(http, StripeError.Internal("An unknown error occurred"), stop);
                return true;
            default:
                return false;
        }
    }

    async Task DelayAsync(Fault? fault, CancellationToken stop)
    {
        if (fault?.Kind == FaultKinds.Delay)
            await Task.Delay(TimeSpan.FromMilliseconds(fault.DelayMs), time, stop);
    }

    async Task HangAsync(HttpContext http, Fault fault, CancellationToken stop)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(fault.DelayMs), time, stop);
        }
        catch (OperationCanceledException)
        {
            // The caller gave up first, which is what a time-out is for.
        }

        http.Abort();
    }

    string NextRequestId()
    {
        lock (gate)
            return requestIds.Next("req_", 14);
    }

    bool Hold(string? account, string key)
    {
        lock (gate)
            return keysInUse.Add((account, key));
    }

    void Release(string? account, string key)
    {
        lock (gate)
            keysInUse.Remove((account, key));
    }

    static Reply Error(StripeError error) => new(error.Status, Simulator.Text(error.ToJson()));

    static Task AnswerAsync(HttpContext http, StripeError error, CancellationToken stop) =>
        AnswerAsync(http, Error(error), stop);

    static async Task AnswerAsync(HttpContext http, Reply reply, CancellationToken stop)
    {
        var headers = http.Response.Headers;
        http.Response.StatusCode = reply.Status;
        http.Response.ContentType = "application/json";
        headers.CacheControl = "no-cache, no-store";
        if (http.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 and <= IdempotencyKeys.LengthMax } key)
            headers["Idempotency-Key"] = key;
        if (http.Request.Headers["Stripe-Account"].ToString() is { Length: > 0 } account)
            headers["Stripe-Account"] = account;
        if (reply.OriginalRequest is not null)
        {
            headers["Idempotent-Replayed"] = "true";
            headers["Original-Request"] = reply.OriginalRequest;
        }

        await http.Response.WriteAsync(reply.Body, stop);
    }
}
