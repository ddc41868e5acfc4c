using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Polly;
using Polly.Retry;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Stripe;

/// <summary>
/// Stripe's wire protocol. What could move money goes out under an idempotency key that was stored before: whatever
/// crashes where, the same intention is repeated under the same key or asked for, and never becomes two payments.
/// </summary>
internal sealed class StripeGateway : IDisposable
{
    /// <summary>The version that npm stripe 23.1.0 pins: answers do not change their shape under us.</summary>
    public const string Version = "2026-10-28.endive";

    private const int AnswerBytesMost = 4 * 1024 * 1024;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(300);

    private readonly HttpClient _http;
    private readonly ResiliencePipeline<Attempt> _retrying;
    private readonly Database _database;
    private readonly KeyRefusals _keys;
    private readonly TimeProvider _clock;

    public StripeGateway(PaymentsOptions options, Database database, KeyRefusals keys, TimeProvider clock)
    {
        (_database, _keys, _clock) = (database, keys, clock);
        IsConfigured = options.StripeSecretKey.Length > 0;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            BaseAddress = new Uri(options.StripeUrl),
            Timeout = TimeSpan.FromSeconds(options.GatewayTimeoutSeconds),
            MaxResponseContentBufferSize = AnswerBytesMost,
        };
        _http.DefaultRequestHeaders.Add("Stripe-Version", Version);
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("Tallystick/0.1");
        if (IsConfigured)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.StripeSecretKey);
        }

        var retrying = new ResiliencePipelineBuilder<Attempt> { TimeProvider = clock };
        if (options.GatewayTriesMost > 1)
        {
            retrying.AddRetry(new RetryStrategyOptions<Attempt>
            {
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Result?.MayBeRetried == true),
                MaxRetryAttempts = options.GatewayTriesMost - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = RetryDelay,
            });
        }

        _retrying = retrying.Build();
    }

    public bool IsConfigured { get; }

    /// <summary>Reads. Unknown means only that it could not be read.</summary>
    public async Task<StripeOutcome> Get(string path, StripeForm? query, CancellationToken stop)
    {
        var outcome = Read(await _retrying.ExecuteAsync(
            async token => await Try(
                () => new HttpRequestMessage(HttpMethod.Get, query is null ? path : $"{path}?{query}"), token),
            stop));
        await _keys.Note(HttpMethod.Get, path, outcome, stop);
        return outcome;
    }

    /// <summary>
    /// 1 Store the intention. 2 A key that was answered gives that answer; one too old to be trusted is unknown.
    /// 3 Send, at most a few times, under this key. 4 Store the answer.
    /// </summary>
    public async Task<StripeOutcome> Post(string key, string path, StripeForm form, CancellationToken stop)
    {
        // 1
        var body = form.ToString();
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(path + "\n" + body));
        var now = _clock.GetUtcNow();
        var stored = await Store(key, path, hash, now, stop);
        if (!stored.BodySha256.AsSpan().SequenceEqual(hash))
        {
            throw new InvalidOperationException($"Gateway request {key} was stored with another body.");
        }

        // 2
        if (stored.State == "known")
        {
            return Read(new Attempt((HttpStatusCode)stored.Status!.Value, stored.Response!, null));
        }

        if (now - stored.FirstSentAt > PayoutDecision.KeyLife - PayoutDecision.KeyMargin)
        {
            return new StripeOutcome.Unknown("the idempotency key is too old to be used again");
        }

        // 3
        var attempt = await _retrying.ExecuteAsync(
            async token => await Try(
                () => new HttpRequestMessage(HttpMethod.Post, path)
                {
                    Headers = { { "Idempotency-Key", key } },
                    Content = new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded"),
                },
                token),
            stop);

        // 4
        var outcome = Read(attempt);
        await Record(key, outcome, attempt, stop);
        await _keys.Note(HttpMethod.Post, path, outcome, stop);
        return outcome;
    }

    public void Dispose() => _http.Dispose();

    private async Task<StoredRequest> Store(
        string key, string path, byte[] hash, DateTimeOffset now, CancellationToken stop) =>
        (await _database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    insert into payments.gateway_request (key, path, body_sha256, state, first_sent_at)
                    values (@key, @path, @hash, 'sent', @now) on conflict (key) do nothing
                    """,
                    new { key, path, hash, now });
                return await tx.QueryOne<StoredRequest>(
                    """
                    select body_sha256, state, status, response::text as response, first_sent_at
                    from payments.gateway_request where key = @key
                    """,
                    new { key });
            },
            stop))!;

    private Task Record(string key, StripeOutcome outcome, Attempt attempt, CancellationToken stop) =>
        _database.InTransaction(
            tx => outcome is StripeOutcome.Unknown
                // Of two who sent it at once the other may have been answered.
                ? tx.Execute("update payments.gateway_request set state = 'unknown' where key = @key and state <> 'known'", new { key })
                : tx.Execute(
                    """
                    update payments.gateway_request
                    set state = 'known', status = @Status, response = @Response, answered_at = @Now where key = @key
                    """,
                    new
                    {
                        key,
                        Status = (int)attempt.Status!,
                        Response = StorableJson.Parse(attempt.Body),
                        Now = _clock.GetUtcNow(),
                    }),
            stop);

    private async Task<Attempt> Try(Func<HttpRequestMessage> request, CancellationToken stop)
    {
        try
        {
            using var message = request();
            using var answer = await _http.SendAsync(message, stop);
            return new Attempt(answer.StatusCode, await answer.Content.ReadAsStringAsync(stop), null);
        }
        catch (Exception failure) when (
            failure is HttpRequestException or IOException or SocketException ||
            (failure is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return new Attempt(null, "", failure is OperationCanceledException ? "time-out" : "connection lost");
        }
    }

    private static StripeOutcome Read(Attempt attempt)
    {
        if (attempt.Status is not { } status)
        {
            return new StripeOutcome.Unknown(attempt.Failure!);
        }

        StripeObject answer;
        try
        {
            answer = StripeObject.Parse(attempt.Body);
        }
        catch (JsonException)
        {
            // A proxy's page, or half an answer: it says nothing about what Stripe did.
            return new StripeOutcome.Unknown($"status {(int)status} without an answer");
        }

        if (status is HttpStatusCode.OK)
        {
            return new StripeOutcome.Done(answer);
        }

        if (answer.Object("error") is not { } error)
        {
            return new StripeOutcome.Unknown($"status {(int)status} without an answer");
        }

        var code = error.Text("code") ?? error.Text("type") ?? "unknown";
        var message = error.Text("message") ?? $"status {(int)status}";
        return IsAboutOurKey(status, code) ? new StripeOutcome.Unknown("the gateway does not take the operator's key for this", message)
            : IsFinal(status, error) ? new StripeOutcome.Refused((int)status, code, message)
            : new StripeOutcome.Unknown($"status {(int)status} {code}");
    }

    /// <summary>
    /// It must be another key, or be allowed more. An account that is not connected to us is told in the same status, and is about
    /// that account.
    /// </summary>
    private static bool IsAboutOurKey(HttpStatusCode status, string code) => status switch
    {
        HttpStatusCode.Unauthorized => true,
        HttpStatusCode.Forbidden => code != "account_invalid",
        _ => false,
    };

    /// <summary>
    /// Whether it speaks of this very request. Not final is what says that it came at the wrong moment (a limit, a lock, a failure
    /// of theirs or of those behind them), or that its key belongs to another request, which may have been done.
    /// </summary>
    private static bool IsFinal(HttpStatusCode status, StripeObject error) => (int)status is >= 400 and < 500 &&
        status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict or HttpStatusCode.FailedDependency or
            HttpStatusCode.TooManyRequests) &&
        error.Text("type") != "idempotency_error";

    /// <summary>One try: an answer, or why there is none.</summary>
    private sealed record Attempt(HttpStatusCode? Status, string Body, string? Failure)
    {
        public bool IsKeyInUse => Status == HttpStatusCode.Conflict &&
            Body.Contains("idempotency_key_in_use", StringComparison.Ordinal);

        public bool MayBeRetried => Status is null or HttpStatusCode.TooManyRequests ||
            (int)Status >= 500 || IsKeyInUse;
    }

    private sealed record StoredRequest(
        byte[] BodySha256, string State, int? Status, string? Response, DateTimeOffset FirstSentAt);
}
