using System.Net;

namespace Tallystick.Server.Foundation;

internal static class NetworkAddress
{
    /// <summary>Whom a limit by address is about: an IPv6 customer owns a whole /64.</summary>
    public static string Of(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        return Convert.ToHexStringLower(bytes.Length == 16 ? bytes.AsSpan(0, 8) : bytes);
    }
}
