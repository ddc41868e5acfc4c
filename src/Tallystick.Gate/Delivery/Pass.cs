using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// A pass over a work, as the first 8 bytes of a SHA-256: of what the client named in <c>Tally-Pass</c>, or of the UTC day
/// (<c>2026-11-21</c>) when it named none.
/// </summary>
internal static class Pass
{
    public const string Header = "Tally-Pass";
    public const int CharactersMost = 128;

    private const long DayMs = 86_400_000;
    private static readonly Known?[] Slots = new Known?[256];
    private static Known? _today;

    public static ulong OfDay(long nowMs)
    {
        var day = nowMs / DayMs;
        var today = Volatile.Read(ref _today);
        if (today is null || today.Day != day)
        {
            var text = DateTimeOffset.FromUnixTimeMilliseconds(nowMs).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            today = new Known(text, day, Hash(text));
            Volatile.Write(ref _today, today);
        }

        return today.Value;
    }

    /// <summary>Hash of a named pass. Kestrel hands out one string per connection, so it is hashed once.</summary>
    public static ulong Named(string pass)
    {
        ref var slot = ref Slots[RuntimeHelpers.GetHashCode(pass) & (Slots.Length - 1)];
        var known = Volatile.Read(ref slot);
        if (known is null || !ReferenceEquals(known.Text, pass))
        {
            known = new Known(pass, 0, Hash(pass));
            Volatile.Write(ref slot, known);
        }

        return known.Value;
    }

    private static ulong Hash(string text) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed record Known(string Text, long Day, ulong Value);
}
