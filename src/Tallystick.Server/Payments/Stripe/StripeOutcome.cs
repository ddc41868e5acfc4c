namespace Tallystick.Server.Payments.Stripe;

/// <summary>What became of a request: done, refused, or nobody can tell. There is no fourth, and no exception for the third.</summary>
internal abstract record StripeOutcome
{
    private StripeOutcome()
    {
    }

    internal sealed record Done(StripeObject Answer) : StripeOutcome;

    /// <param name="Code">Stripe's error code, or its type where there is none.</param>
    /// <param name="Message">For the operator.</param>
    internal sealed record Refused(string Code, string Message) : StripeOutcome;

    /// <param name="Why">Time-out, status, or that the key has expired.</param>
    internal sealed record Unknown(string Why) : StripeOutcome;
}
