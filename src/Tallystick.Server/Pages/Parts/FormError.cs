namespace Tallystick.Server.Pages.Parts;

/// <summary>Why a form was refused: the page is drawn again with it, in place of what it would have done.</summary>
/// <param name="Form">Which form of the page.</param>
/// <param name="Message">For a person.</param>
/// <param name="Value">What was filled in, to be corrected.</param>
public sealed record FormError(string Form, string Message, string? Value = null)
{
    /// <summary>Nothing was wrong with the form itself: what it asked for was refused.</summary>
    public static FormError Of(string form, Hosting.Refusal refusal, string? value = null) =>
        new(form, $"{refusal.Type.Title} {refusal.Detail}".Trim(), value);
}
