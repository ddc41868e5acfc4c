using System.Buffers.Binary;

namespace Tallystick.Xrpl;

/// <summary>
/// An account with an optional tag and the kind of network, as one text (XLS-5d). Tag 0 is a tag; none is none.
/// </summary>
/// <param name="Account">The account.</param>
/// <param name="Tag">The destination tag, null for none.</param>
/// <param name="IsTest">Whether it is meant for a test network (<c>T…</c>) or the main one (<c>X…</c>).</param>
public readonly record struct XAddress(AccountId Account, uint? Tag, bool IsTest)
{
    private const int PayloadBytes = AccountId.Bytes + 1 + 8;

    private static ReadOnlySpan<byte> MainVersion => [0x05, 0x44];

    private static ReadOnlySpan<byte> TestVersion => [0x04, 0x93];

    /// <summary>Reads an X-address.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong with it.</exception>
    public static XAddress Parse(string text) =>
        TryParse(text, out var address, out var problem) ? address : throw new XrplFormatException(problem, "X-address");

    /// <summary>Reads an X-address; <paramref name="problem"/> says why not.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out XAddress address, out string problem)
    {
        address = default;
        var isTest = text is ['T', ..];
        Span<byte> payload = stackalloc byte[PayloadBytes];
        problem = Base58.TryDecode(text, isTest ? TestVersion : MainVersion, payload) ?? "";
        if (problem.Length > 0)
        {
            return false;
        }

        // Flag 1 means a 32-bit tag, little endian; the upper half of the 64-bit field is reserved.
        var flag = payload[AccountId.Bytes];
        var tag = BinaryPrimitives.ReadUInt64LittleEndian(payload[(AccountId.Bytes + 1)..]);
        problem = (flag, tag) switch
        {
            (0, not 0) => "digits of a tag, but flagged as having none",
            (0, 0) or (1, <= uint.MaxValue) => "",
            (1, _) => "a tag above 32 bits",
            _ => $"unknown tag flag {flag}",
        };
        address = problem.Length == 0
            ? new XAddress(new AccountId(payload[..AccountId.Bytes]), flag == 1 ? (uint)tag : null, isTest)
            : default;
        return problem.Length == 0;
    }

    /// <summary>The text, <c>X…</c> or <c>T…</c>.</summary>
    public override string ToString()
    {
        Span<byte> payload = stackalloc byte[PayloadBytes];
        Account.CopyTo(payload);
        payload[AccountId.Bytes] = Tag is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteUInt64LittleEndian(payload[(AccountId.Bytes + 1)..], Tag ?? 0);
        return Base58.Encode(IsTest ? TestVersion : MainVersion, payload);
    }
}
