namespace Tallystick.StripeSimulator.Engine;

/// <summary>
/// Everything that a change depends on. The journal is a list of these; running them again gives the same state.
/// </summary>
/// <param name="At">Simulated time, seconds since 1970.</param>
/// <param name="Kind"><c>api</c>, <c>sim</c> (admin and pages) or <c>tick</c> (time passed).</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path without the host, for example <c>/v1/transfers</c>.</param>
/// <param name="Form">Body as it came, form-encoded.</param>
/// <param name="Account">The <c>Stripe-Account</c> header, if any.</param>
/// <param name="IdempotencyKey">The <c>Idempotency-Key</c> header, if any.</param>
/// <param name="RequestId">The identifier answered as <c>Request-Id</c>; events name it.</param>
/// <param name="Fault">A fault that changes what is remembered (<c>error_stored</c>), else null.</param>
internal sealed record Command(
    long At,
    string Kind,
    string Method,
    string Path,
    string Form,
    string? Account = null,
    string? IdempotencyKey = null,
    string? RequestId = null,
    string? Fault = null);
