namespace Tallystick.Crypto;

/// <summary>
/// Prepared native objects by public key: a fixed table, each place holding the last object used there. An object is
/// taken out while it is in use, so that no two threads ever share one and an eviction frees nothing that is needed.
/// </summary>
/// <remarks>
/// Direct mapped, because a verifier sees either few keys very often (channels) or each key once (then no cache
/// helps). Bounded by <c>Places</c>, so hostile keys can only evict, never grow it. No allocation after start.
/// </remarks>
internal sealed unsafe class KeyedNativeCache
{
    private const int Places = 1024;
    private const int KeyBytesMax = 33;

    private readonly Place[] _places = new Place[Places];
    private readonly delegate* unmanaged[Cdecl]<nint, void> _free;

    public KeyedNativeCache(nint free)
    {
        _free = (delegate* unmanaged[Cdecl]<nint, void>)free;
        for (var i = 0; i < Places; i++)
        {
            _places[i] = new Place();
        }
    }

    /// <summary>Takes the object prepared for this key, or 0.</summary>
    public nint Take(ReadOnlySpan<byte> key)
    {
        var place = PlaceOf(key);
        lock (place)
        {
            if (place.Prepared == 0 || !key.SequenceEqual(place.Key.AsSpan(0, key.Length)))
            {
                return 0;
            }

            var prepared = place.Prepared;
            place.Prepared = 0;
            return prepared;
        }
    }

    /// <summary>Gives an object back; whatever else stood in its place is freed.</summary>
    public void Return(ReadOnlySpan<byte> key, nint prepared)
    {
        var place = PlaceOf(key);
        nint evicted;
        lock (place)
        {
            evicted = place.Prepared;
            place.Prepared = prepared;
            key.CopyTo(place.Key);
        }

        if (evicted != 0)
        {
            _free(evicted);
        }
    }

    // The tail of a public key is as good as random; a key crafted to collide only loses the cache.
    private Place PlaceOf(ReadOnlySpan<byte> key) => _places[(key[^1] | (key[^2] << 8)) & (Places - 1)];

    private sealed class Place
    {
        public byte[] Key { get; } = new byte[KeyBytesMax];

        public nint Prepared { get; set; }
    }
}
