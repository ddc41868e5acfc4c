using System.Runtime.InteropServices;

namespace Tallystick.Crypto.Tests;

public sealed partial class HotPathTests
{
    [Theory]
    [ClassData(typeof(Paths))]
    public void Verification_allocates_nothing(string path)
    {
        var suite = CryptoSuite.Choose(path);
        var ed = Enumerable.Range(0, 8).Select(n => Ed25519Tests.Signed(suite, (byte)n)).ToArray();
        var k1 = Enumerable.Range(1, 8).Select(n => Secp256k1Tests.Signed(suite, n)).ToArray();
        var torn = new byte[70];
        Run();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 50; round++)
        {
            Run();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Run()
        {
            foreach (var (publicKey, message, signature) in ed)
            {
                suite.Ed25519.Verify(publicKey, message, signature);
                suite.Ed25519.Verify(publicKey, torn, signature);
                suite.Ed25519.Verify(torn, message, signature);
            }

            foreach (var (publicKey, digest, signature) in k1)
            {
                suite.Secp256k1.Verify(publicKey, digest, signature);
                suite.Secp256k1.Verify(publicKey, torn.AsSpan(0, 32), signature);
                suite.Secp256k1.Verify(publicKey, digest, torn);
            }
        }
    }

    // Each input ends at the last byte before a page that cannot be read: one byte too far ends the process.
    [Theory]
    [ClassData(typeof(Paths))]
    public void Verification_reads_nothing_behind_its_spans(string path)
    {
        var suite = CryptoSuite.Choose(path);
        var ed = Ed25519Tests.Signed(suite, 4);
        var k1 = Secp256k1Tests.Signed(suite, 4);
        using var key = new GuardedBytes();
        using var message = new GuardedBytes();
        using var signature = new GuardedBytes();
        for (var cut = 0; cut <= 72; cut++)
        {
            var whole = cut == 0;
            suite.Ed25519.Verify(
                key.Holding(ed.PublicKey, whole ? 32 : 72 - cut),
                message.Holding(ed.Message, whole ? 4 : 72 - cut),
                signature.Holding(ed.Signature, whole ? 64 : 72 - cut)).ShouldBe(whole);
            suite.Ed25519.Verify(
                key.Holding(ed.PublicKey, 32), message.Holding(ed.Message, 4), signature.Holding(ed.Signature, 72 - cut))
                .ShouldBe(72 - cut == 64);
            suite.Secp256k1.Verify(
                key.Holding(k1.PublicKey, 33), message.Holding(k1.Digest, 32), signature.Holding(k1.Signature, 72 - cut))
                .ShouldBe(72 - cut == k1.Signature.Length);
        }
    }

    [Theory]
    [ClassData(typeof(Paths))]
    public async Task Many_threads_on_few_keys_get_right_answers(string path)
    {
        var suite = CryptoSuite.Choose(path);
        var ed = Enumerable.Range(0, 3).Select(n => Ed25519Tests.Signed(suite, (byte)n)).ToArray();
        var k1 = Enumerable.Range(1, 3).Select(n => Secp256k1Tests.Signed(suite, n)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var round = 0; round < 150; round++)
            {
                var (a, b) = (ed[(round + worker) % 3], k1[(round * worker) % 3]);
                suite.Ed25519.Verify(a.PublicKey, a.Message, a.Signature).ShouldBeTrue();
                suite.Ed25519.Verify(a.PublicKey, b.Digest, a.Signature).ShouldBeFalse();
                suite.Secp256k1.Verify(b.PublicKey, b.Digest, b.Signature).ShouldBeTrue();
                suite.Secp256k1.Verify(k1[round % 3].PublicKey, new byte[32], b.Signature).ShouldBeFalse();
            }
        })));
    }

    [Fact]
    public void A_secret_is_zeroed_when_it_is_released()
    {
        var secret = new SecretBytes([1, 2, 3, 4]);
        secret.Span.ToArray().ShouldBe([1, 2, 3, 4]);
        secret.Wipe();
        secret.Span.ToArray().ShouldBe([0, 0, 0, 0]);
        secret.Dispose();
        secret.IsClosed.ShouldBeTrue();
    }

    private sealed unsafe partial class GuardedBytes : IDisposable
    {
        private const int PageBytes = 4096;
        private readonly byte* _pages = (byte*)Map(0, 2 * PageBytes, 3, 0x22, -1, 0);

        public GuardedBytes() => Protect(_pages + PageBytes, PageBytes, 0).ShouldBe(0);

        public ReadOnlySpan<byte> Holding(byte[] content, int length)
        {
            var span = new Span<byte>(_pages + PageBytes - length, length);
            span.Clear();
            content.AsSpan(0, Math.Min(length, content.Length)).CopyTo(span);
            return span;
        }

        public void Dispose() => Unmap(_pages, 2 * PageBytes).ShouldBe(0);

        [LibraryImport("libc", EntryPoint = "mmap")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        private static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

        [LibraryImport("libc", EntryPoint = "mprotect")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        private static partial int Protect(byte* address, nuint length, int protection);

        [LibraryImport("libc", EntryPoint = "munmap")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        private static partial int Unmap(byte* address, nuint length);
    }
}
