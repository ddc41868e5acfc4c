using System.Globalization;
using Tallystick.Core.Amounts;

namespace Tallystick.Server.Pages.Parts;

/// <summary>Numbers, times and states as people read them. In English, and the same on every machine.</summary>
public static class Words
{
    private static readonly CultureInfo Neutral = CultureInfo.InvariantCulture;
    private static readonly string[] Sizes = ["bytes", "KB", "MB", "GB", "TB", "PB"];

    /// <summary>4 May 2026, 13:37 UTC.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", Neutral);

    /// <summary>4 May 2026, 13:37:05 UTC.</summary>
    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy, HH:mm:ss 'UTC'", Neutral);

    /// <summary>4 May 2026.</summary>
    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy", Neutral);

    /// <summary>4 May 2026.</summary>
    public static string Day(DateOnly day) => day.ToString("d MMM yyyy", Neutral);

    /// <summary>For machines (the <c>datetime</c> attribute).</summary>
    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", Neutral);

    /// <summary>12 345.</summary>
    public static string Count(long number) => number.ToString("#,0", Neutral).Replace(',', '\u202f');

    /// <summary>12 345.67 USD: as the amount is written everywhere, in groups of three.</summary>
    public static string Amount(Money money)
    {
        var written = money.ToString();
        var end = written.IndexOfAny(['.', ' ']);
        for (var i = end - 3; i > (money.Minor < 0 ? 1 : 0); i -= 3)
        {
            written = written.Insert(i, "\u202f");
        }

        return written;
    }

    /// <summary>12.5%, from hundredths of a percent.</summary>
    public static string Percent(int basisPoints) => (basisPoints / 100m).ToString("0.##'%'", Neutral);

    /// <summary>1 file, 2 files.</summary>
    public static string Count(long number, string noun) => $"{Count(number)} {noun}{(number == 1 ? "" : "s")}";

    /// <summary>Powers of a thousand, as prices are (a megabyte is 1 000 000 bytes): 12.3 MB.</summary>
    public static string Bytes(long bytes)
    {
        var (size, value) = (0, (decimal)bytes);
        while (value >= 1000 && size < Sizes.Length - 1)
        {
            (size, value) = (size + 1, value / 1000);
        }

        return size == 0 ? Count(bytes, "byte") : $"{value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", Neutral)} {Sizes[size]}";
    }

    /// <summary>A quantity of a meter as it is named on the wire.</summary>
    public static string Quantity(string meter, long quantity) => meter switch
    {
        "bytes_delivered" => Bytes(quantity),
        "segment_unlocked" => Count(quantity, "use"),
        "none" => "one-off",
        _ => $"{Count(quantity)} {Plain(meter)}",
    };

    /// <summary>The same with a capital, to stand first.</summary>
    public static string Headed(string name) => name.Length == 0 ? "" : char.ToUpperInvariant(name[0]) + Plain(name[1..]);

    /// <summary>A name of the wire without underscores.</summary>
    public static string Plain(string name) => name.Replace('_', ' ');

    /// <summary>How long ago, in the largest unit that says it.</summary>
    public static string Ago(DateTimeOffset then, DateTimeOffset now)
    {
        var seconds = Math.Max(0, (long)(now - then).TotalSeconds);
        return seconds switch
        {
            < 120 => $"{seconds} s ago",
            < 7200 => $"{seconds / 60} min ago",
            < 172_800 => $"{seconds / 3600} h ago",
            _ => $"{seconds / 86_400} days ago",
        };
    }

    /// <summary>The first characters of a hash, enough to compare at a glance.</summary>
    public static string Short(string hash) => hash.Length > 16 ? $"{hash[..16]}…" : hash;
}
