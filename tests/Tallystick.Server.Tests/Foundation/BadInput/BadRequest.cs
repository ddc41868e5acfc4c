using System.Net.Http.Headers;

namespace Tallystick.Server.Tests.Foundation.BadInput;

/// <summary>A request that must be refused.</summary>
/// <param name="What">What is wrong with it.</param>
/// <param name="Url">Path and query, already escaped.</param>
/// <param name="Bearer">The credential; null for none.</param>
internal sealed record BadRequest(string What, Operation Operation, string Url, string? Bearer)
{
    public byte[]? Body { get; init; }

    public string? ContentType { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>A read may also answer that there is nothing; what counts is that it neither breaks nor changes anything.</summary>
    public bool MayBeAnswered { get; init; }

    /// <summary>The statuses that fit; empty for any refusal.</summary>
    public IReadOnlyList<int> Fitting { get; init; } = [];

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(new HttpMethod(Operation.Method), Url);
        if (Bearer is not null)
        {
            message.Headers.TryAddWithoutValidation("Authorization", Bearer);
        }

        if (Operation.Method is not "GET" and not "HEAD")
        {
            message.Headers.TryAddWithoutValidation("Idempotency-Key", $"bad-input-{Guid.CreateVersion7()}");
        }

        foreach (var (name, value) in Headers)
        {
            message.Headers.Remove(name);
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            // A large body is announced first, or the refusal could be lost while it is still being sent.
            message.Headers.ExpectContinue = Body.Length > 100_000;
            if (ContentType is not null)
            {
                message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
            }
        }

        return message;
    }

    public override string ToString() => $"{Operation} with {What}";
}
