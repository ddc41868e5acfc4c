namespace Tallystick.Xrpl.Codec;

/// <summary>The ledger's tables as they lie in this assembly: words in lines, comments behind #.</summary>
internal static class DefinitionText
{
    public static IEnumerable<string[]> Rows(string name)
    {
        using var stream = typeof(DefinitionText).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                yield return line.Split(' ');
            }
        }
    }
}
