namespace Tallystick.Server.Payments.Stripe;

/// <summary>What became of a request: done, refused, or nobody can tell. There is no fourth, and no exception for the third.</summary>
internal abstract record StripeOutcome
{
    private StripeOutcome()
    {
    }

    internal sealed record Done(StripeObject Answer) : StripeOutcome;

    /// <param name="Status">Of the answer.</param>
    /// <param name="Code">Stripe's error code, or its type where there is none.</param>
    /// <param name="Message">For the operator.</param>
    internal sealed record Refused(int Status, string Code, string Message) : StripeOutcome
    {
        /// <summary>
        /// Only this says that there is no such thing. A key without a permission, an account that cannot be seen, an address
        /// that is none: they say nothing about the object, and whoever asked asks again.
        /// </summary>
        public bool IsAbsent => Status == StatusCodes.Status404NotFound && Code == "resource_missing";
    }

    /// <param name="Why">Time-out, status, or that the key has expired: for whoever asked, who may be anybody.</param>
    /// <param name="KeyRefused">What the gateway says against our own key, for the operator; null when it says nothing of that.</param>
    internal sealed record Unknown(string Why, string? KeyRefused = null) : StripeOutcome;
}
