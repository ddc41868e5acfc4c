using System.Security.Cryptography;

namespace Tallystick.Crypto;

/// <summary>
/// The deterministic nonces of RFC 6979 section 3.2 with HMAC-SHA256. The digest enters reduced modulo n
/// (bits2octets of section 2.3.4), as in libsecp256k1.
/// </summary>
internal ref struct Rfc6979
{
    private const int Length = 32;
    private readonly Span<byte> _key;
    private readonly Span<byte> _value;
    private bool _started;

    /// <param name="privateKey">32 secret bytes.</param>
    /// <param name="digest">32 bytes.</param>
    /// <param name="state">64 bytes of the caller's stack, which the caller zeroes afterwards.</param>
    public Rfc6979(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> digest, Span<byte> state)
    {
        _key = state[..Length];
        _value = state.Slice(Length, Length);
        _key.Clear();                                       // step c
        _value.Fill(0x01);                                  // step b
        Span<byte> seed = stackalloc byte[(3 * Length) + 1];
        privateKey.CopyTo(seed[(Length + 1)..]);
        Secp256k1Scalar.Reduce(digest, seed[((2 * Length) + 1)..]);
        for (byte round = 0; round < 2; round++)            // steps d to g
        {
            _value.CopyTo(seed);
            seed[Length] = round;
            HMACSHA256.HashData(_key, seed, _key);
            HMACSHA256.HashData(_key, _value, _value);
        }

        CryptographicOperations.ZeroMemory(seed);
    }

    /// <summary>The next candidate from 1 to n - 1 (step h).</summary>
    public void Next(Span<byte> nonce)
    {
        Span<byte> retry = stackalloc byte[Length + 1];
        do
        {
            if (_started)
            {
                _value.CopyTo(retry);
                retry[Length] = 0;
                HMACSHA256.HashData(_key, retry, _key);
                HMACSHA256.HashData(_key, _value, _value);
            }

            _started = true;
            HMACSHA256.HashData(_key, _value, _value);
            _value.CopyTo(nonce);
        }
        while (!Secp256k1Scalar.IsInRange(nonce));

        CryptographicOperations.ZeroMemory(retry);
    }
}
