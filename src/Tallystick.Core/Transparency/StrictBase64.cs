namespace Tallystick.Core.Transparency;

/// <summary>
/// Base64 with one spelling per value (RFC 4648 §4 and §3.5). The framework's decoder also accepts white
/// space and stray bits after the padding; a receipt that can be spelt in two ways could be counted twice.
/// </summary>
internal static class StrictBase64
{
    /// <summary>Decodes at most <paramref name="bytesMax"/> bytes; false for any other spelling.</summary>
    public static bool TryDecode(string? text, int bytesMax, out byte[] bytes)
    {
        bytes = [];
        if (text is null || text.Length % 4 != 0 || text.Length / 4 > (bytesMax + 2) / 3)
        {
            return false;
        }

        var buffer = new byte[text.Length / 4 * 3];
        if (!Convert.TryFromBase64String(text, buffer, out var written) || written > bytesMax)
        {
            return false;
        }

        var decoded = buffer[..written];
        if (Convert.ToBase64String(decoded) != text)
        {
            return false;
        }

        bytes = decoded;
        return true;
    }
}
