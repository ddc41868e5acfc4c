namespace Tallystick.Gate.Delivery;

/// <summary>Methods as they are: letters in another case name another method (RFC 9110, 9.1), which the framework takes for the same.</summary>
internal static class Methods
{
    public static bool IsGet(string method) => method == HttpMethods.Get;

    public static bool IsHead(string method) => method == HttpMethods.Head;

    public static bool IsOptions(string method) => method == HttpMethods.Options;
}
