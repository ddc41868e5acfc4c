using System.Globalization;

namespace Tallystick.Demo;

/// <summary>
/// What is trained where Python is missing: the mean image of every digit; a picture is the digit whose mean is nearest.
/// Simple and stated as such.
/// </summary>
internal sealed class Learner
{
    private const int Pixels = 64;
    private const int Digits = 10;

    private readonly double[][] _sums = [.. Enumerable.Range(0, Digits).Select(_ => new double[Pixels])];
    private readonly int[] _counts = new int[Digits];

    public void Learn(string shard)
    {
        foreach (var (pixels, digit) in Rows(shard))
        {
            _counts[digit]++;
            for (var i = 0; i < Pixels; i++)
            {
                _sums[digit][i] += pixels[i];
            }
        }
    }

    public (int Right, int Of) Test(string shard)
    {
        var rows = Rows(shard).ToList();
        return (rows.Count(r => Nearest(r.Pixels) == r.Digit), rows.Count);
    }

    private int Nearest(int[] pixels) => Enumerable.Range(0, Digits).Where(d => _counts[d] > 0).MinBy(d =>
        Enumerable.Range(0, Pixels).Sum(i => Math.Pow((_sums[d][i] / _counts[d]) - pixels[i], 2)));

    private static IEnumerable<(int[] Pixels, int Digit)> Rows(string shard) =>
        shard.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => Array.ConvertAll(line.Split(','), cell => int.Parse(cell, CultureInfo.InvariantCulture)))
            .Select(cells => (cells[..Pixels], cells[Pixels]));
}
