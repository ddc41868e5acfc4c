using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// Bounds what the kernel takes from us and has not sent (TCP_NOTSENT_LOWAT, tcp(7)): of a reader who stops, megabytes would
/// lie there, delivered and of no use to anybody. What is under way is not bounded, or a long line could not be filled.
/// Set where it listens, it holds for all that it accepts.
/// </summary>
internal static class SocketBuffers
{
    public const int NotSentBytes = 128 * 1024;
    private const int Tcp = 6;
    private const int NotSentLowWaterMark = 25;

    public static void Bound(SocketTransportOptions options) => options.CreateBoundListenSocket = endpoint =>
    {
        var listening = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (OperatingSystem.IsLinux() && listening.ProtocolType == ProtocolType.Tcp)
        {
            listening.SetRawSocketOption(Tcp, NotSentLowWaterMark, BitConverter.GetBytes(NotSentBytes));
        }

        return listening;
    };
}
