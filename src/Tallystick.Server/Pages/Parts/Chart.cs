namespace Tallystick.Server.Pages.Parts;

/// <summary>One bar.</summary>
/// <param name="Label">Short, below the axis.</param>
/// <param name="Name">In full, for the tip and the table.</param>
/// <param name="Value">Not negative.</param>
public sealed record ChartPoint(string Label, string Name, long Value);

/// <summary>Where the lines of a bar chart stand. Pure geometry: the component only draws it.</summary>
public sealed class ChartScale
{
    private const int LabelWidth = 60;
    private const double BarWidthMost = 56;

    private ChartScale(int width, int height, int left, IReadOnlyList<ChartPoint> points, Func<long, string> text)
    {
        (Width, Height, Left) = (width, height, left);
        Top = 22;
        Bottom = height - 26;
        var most = points.Count == 0 ? 0 : points.Max(p => p.Value);
        var step = NiceStep(most);
        Ceiling = Math.Max(step, (most + step - 1) / step * step);
        Ticks = [.. Enumerable.Range(0, (int)(Ceiling / step) + 1).Select(i => (i * step, text(i * step)))];
        var slot = (double)(width - left - 8) / Math.Max(1, points.Count);
        // Labels that would touch each other are left out, and the newest one always stands.
        var every = Math.Max(1, (int)Math.Ceiling(LabelWidth / slot));
        var peak = points.Index().Where(p => p.Item.Value == most && most > 0).Select(p => p.Index).LastOrDefault(-1);
        // A single bar over the whole width would look like a wall.
        var bar = Math.Min(BarWidthMost, Math.Max(1, slot * 0.7));
        Bars = [.. points.Select((p, i) => new Bar(
            p,
            left + (i * slot) + ((slot - bar) / 2),
            bar,
            Y(p.Value),
            (points.Count - 1 - i) % every == 0,
            i == peak))];
    }

    public int Width { get; }

    public int Height { get; }

    public int Left { get; }

    public int Top { get; }

    public int Bottom { get; }

    /// <summary>The value at the top of the axis.</summary>
    public long Ceiling { get; }

    public IReadOnlyList<(long Value, string Text)> Ticks { get; }

    public IReadOnlyList<Bar> Bars { get; }

    public static ChartScale Of(int width, int height, IReadOnlyList<ChartPoint> points, Func<long, string> text)
    {
        var widest = points.Count == 0 ? 1 : text(Math.Max(1, points.Max(p => p.Value))).Length + 1;
        return new(width, height, Math.Clamp(14 + (widest * 7), 40, 120), points, text);
    }

    /// <summary>Where a value stands, in the drawing's units, from the top.</summary>
    public double Y(long value) => Bottom - ((double)value / Ceiling * (Bottom - Top));

    /// <summary>The middle of a text of some half width under or over a bar, moved so that nothing of it is cut off.</summary>
    public double Middle(Bar bar, int halfWidth) => Math.Clamp(bar.X + (bar.Width / 2), Left, Width - halfWidth);

    /// <summary>1, 2 or 5 times a power of ten, so that at most five steps reach the largest value.</summary>
    public static long NiceStep(long most)
    {
        long power = 1;
        while (true)
        {
            foreach (var factor in (ReadOnlySpan<long>)[1, 2, 5])
            {
                if ((Int128)factor * power * 5 >= most)
                {
                    return factor * power;
                }
            }

            power = checked(power * 10);
        }
    }

    public readonly record struct Bar(ChartPoint Point, double X, double Width, double Y, bool HasLabel, bool IsPeak);
}
