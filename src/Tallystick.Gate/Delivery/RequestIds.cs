using System.Buffers.Binary;
using System.Security.Cryptography;
using Tallystick.Core.Ids;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// Ids of requests, in the form of UUID version 7 (RFC 9562, 5.7 and 6.2 method 2): time, then a counter that began at
/// random. The system's generator would be asked for 16 random bytes per request.
/// </summary>
internal sealed class RequestIds
{
    /// <summary>Names the request in the answer: receipts and traces are asked for by it.</summary>
    public const string Header = "Tally-Request";

    private readonly ushort _randA = (ushort)RandomNumberGenerator.GetInt32(0x1000);
    private long _counter = BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) & long.MaxValue >> 2;

    public RequestId Next(long nowMs)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, nowMs << 16);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | _randA));
        var counter = (ulong)Interlocked.Increment(ref _counter) & (ulong.MaxValue >> 2);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], counter | (1UL << 63));
        return new RequestId(new Guid(bytes, bigEndian: true));
    }
}
