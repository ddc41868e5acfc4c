namespace Tallystick.Client;

/// <summary>Scheme, host and port: whom credentials are made for (RFC 6454, section 4).</summary>
public static class Origin
{
    /// <summary>Whether two addresses are of one origin. The path does not matter.</summary>
    public static bool IsSame(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port &&
        string.Equals(one.IdnHost, other.IdnHost, StringComparison.OrdinalIgnoreCase);
}
