using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Win32.SafeHandles;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// What the kernel has taken of a connection's bytes and the other side has not acknowledged (SIOCOUTQ, tcp(7)). Looked at
/// through a descriptor of its own, because the server closes its as soon as the other side is gone, and that is when the
/// answer counts. Over HTTP/2 answers share a connection, and nobody can tell whose bytes these are: there is none.
/// </summary>
internal sealed partial class SendQueue : IDisposable
{
    private const int DuplicateAndCloseOnExec = 1030;
    private const nuint NotAcknowledged = 0x5411;
    private readonly SafeFileHandle _socket;

    private SendQueue(SafeFileHandle socket) => _socket = socket;

    /// <summary>Of the connection that a request came over; null where nothing can be told.</summary>
    public static SendQueue? Of(HttpContext context)
    {
        if (!OperatingSystem.IsLinux() || HttpProtocol.IsHttp2(context.Request.Protocol) ||
            context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            return null;
        }

        try
        {
            var copy = Duplicate(socket.SafeHandle, DuplicateAndCloseOnExec, 0);
            return copy.IsInvalid ? null : new SendQueue(copy);
        }
        catch (ObjectDisposedException)
        {
            // Gone already: the first write will say so.
            return null;
        }
    }

    /// <summary>Bytes that have not arrived, as far as the kernel knows.</summary>
    public int Bytes => Ask(_socket, NotAcknowledged, out var bytes) == 0 ? bytes : 0;

    public void Dispose() => _socket.Dispose();

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle Duplicate(SafeHandle socket, int command, int least);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Ask(SafeFileHandle socket, nuint request, out int bytes);
}
