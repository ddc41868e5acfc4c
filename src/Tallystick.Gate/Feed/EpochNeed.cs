namespace Tallystick.Gate.Feed;

/// <summary>Why this gate needs another epoch.</summary>
/// <param name="Why">For an operator.</param>
/// <param name="After">
/// What comes after this number of the log is sent under the new epoch; null when the server's word is enough.
/// </param>
/// <param name="IsSendable">Until then what is counted is sent under the old one.</param>
internal sealed record EpochNeed(string Why, long? After = null, bool IsSendable = false);
