using System.ComponentModel.DataAnnotations;

namespace Tallystick.Server.Accounts;

/// <summary><c>Tally:Accounts</c>.</summary>
internal sealed class AccountsOptions : IValidatableObject
{
    /// <summary>The operator who signs in to the pages; made or brought up to date at every start.</summary>
    [EmailAddress, StringLength(Core.Texts.EmailAddress.LengthMost)]
    public string? OperatorEmail { get; set; }

    [StringLength(Account.PasswordLengthMost, MinimumLength = Account.PasswordLengthLeast)]
    public string? OperatorPassword { get; set; }

    /// <summary>The operator's API key: <c>tsk_</c> and at least 32 characters that nobody can guess.</summary>
    [RegularExpression("^tsk_[A-Za-z0-9_-]{32,200}$", ErrorMessage = "Must be tsk_ and 32 to 200 letters or digits.")]
    public string? OperatorKey { get; set; }

    /// <summary>A session ends after this long without a request.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "30.00:00:00")]
    public TimeSpan SessionIdleMost { get; set; } = TimeSpan.FromHours(12);

    /// <summary>A session ends after this long in any case.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "90.00:00:00")]
    public TimeSpan SessionMost { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Attempts to sign in to one account in 15 minutes, from one address or one device that its owner has used before.</summary>
    [Range(1, 1000)]
    public int SignInsPerAccount { get; set; } = 10;

    /// <summary>Attempts to sign in to one account in 15 minutes, from all unknown devices together.</summary>
    [Range(1, 1_000_000)]
    public int SignInsPerAccountAnywhere { get; set; } = 100;

    /// <summary>Attempts to sign in from one address in 15 minutes.</summary>
    [Range(1, 1_000_000)]
    public int SignInsPerAddress { get; set; } = 100;

    /// <summary>New organisations from one address in an hour.</summary>
    [Range(1, 1_000_000)]
    public int SignUpsPerAddress { get; set; } = 60;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (OperatorEmail is null != OperatorPassword is null)
        {
            yield return new("OperatorEmail and OperatorPassword are set both or not at all.", [nameof(OperatorEmail)]);
        }
    }
}
