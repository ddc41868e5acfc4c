namespace Tallystick.Server.Pages.Parts;

/// <summary>Why a form was refused: the page is drawn again with it, in place of what it would have done.</summary>
/// <param name="Form">Which form of the page.</param>
/// <param name="Message">For a person.</param>
/// <param name="Value">What was filled in, to be corrected.</param>
public sealed record FormError(string Form, string Message, string? Value = null)
{
    /// <summary>What the API refused, and why; of an input that is wrong only why, since it stands beside it.</summary>
    public static FormError Of(string form, Hosting.Refusal refusal, string? value = null)
    {
        var after = refusal.Detail.IndexOf(": ", StringComparison.Ordinal);
        var message = refusal.Type.Status == StatusCodes.Status400BadRequest && after > 0
            ? Words.Headed(refusal.Detail[(after + 2)..])
            : $"{refusal.Type.Title} {refusal.Detail}";
        return new(form, message.Trim(), value);
    }
}
