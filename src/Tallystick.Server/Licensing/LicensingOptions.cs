using System.ComponentModel.DataAnnotations;

namespace Tallystick.Server.Licensing;

/// <summary><c>Tally:Licensing</c>.</summary>
internal sealed class LicensingOptions
{
    /// <summary>A key signs for this long; then a new one takes over.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "366.00:00:00")]
    public TimeSpan RotateEvery { get; set; } = TimeSpan.FromDays(30);

    /// <summary>A new key is published for this long before it signs.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan PublishedBefore { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Life of an access token.</summary>
    [Range(typeof(TimeSpan), "00:00:30", "01:00:00")]
    public TimeSpan AccessTokenLife { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>The longest life of a link to a file; without a wish it lives as long as an access token.</summary>
    [Range(typeof(TimeSpan), "00:00:30", "7.00:00:00")]
    public TimeSpan LinkLifeMost { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Valid licences that one buyer may hold of one offer.</summary>
    [Range(1, 10_000)]
    public int LicencesPerBuyerAndOffer { get; set; } = 20;
}
