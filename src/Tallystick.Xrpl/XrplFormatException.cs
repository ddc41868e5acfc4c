namespace Tallystick.Xrpl;

/// <summary>Text or bytes that are not what they should be: what is wrong, and where.</summary>
/// <param name="what">What is wrong, in words.</param>
/// <param name="where">Where: a path of field names, or <c>byte N</c> in a blob, or a position in a text.</param>
public sealed class XrplFormatException(string what, string where)
    : FormatException(where.Length == 0 ? what : $"{where}: {what}")
{
    /// <summary>What is wrong.</summary>
    public string What => what;

    /// <summary>The place, empty when the whole input is meant.</summary>
    public string Where => where;
}
