using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// PBKDF2 with SHA-256 and 600 000 rounds, stored as <c>pbkdf2-sha256$rounds$salt$hash</c>. Hashing is made slow on
/// purpose, so at most as many run at a time as there are cores: a crowd at the door must not starve who is inside.
/// </summary>
internal sealed class Passwords : IDisposable
{
    private const int Rounds = 600_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    // Whoever signs in with an e-mail that is not known waits for the same work.
    private static readonly string Nobody = Format(new byte[SaltBytes], new byte[HashBytes]);

    private readonly SemaphoreSlim _cores = new(Environment.ProcessorCount);

    public async Task<string> Hash(string password, CancellationToken stop)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return Format(salt, await Derive(password, salt, Rounds, stop));
    }

    /// <summary>False for a wrong password and, as slowly, for <paramref name="stored"/> null.</summary>
    public async Task<bool> Verify(string password, string? stored, CancellationToken stop)
    {
        var parts = (stored ?? Nobody).Split('$');
        var expected = Convert.FromBase64String(parts[3]);
        var rounds = int.Parse(parts[1], CultureInfo.InvariantCulture);
        var derived = await Derive(password, Convert.FromBase64String(parts[2]), rounds, stop);
        return CryptographicOperations.FixedTimeEquals(derived, expected) && stored is not null;
    }

    /// <summary>A person's new password: whoever got in with the old one, or has a link to set another, is out.</summary>
    public static Task Save(Tx tx, PersonId person, string hash) => tx.Execute(
        """
        update accounts.person set password_hash = @hash where id = @person;
        delete from accounts.session where person_id = @person;
        delete from accounts.password_reset where person_id = @person
        """,
        new { person, hash });

    public void Dispose() => _cores.Dispose();

    private async Task<byte[]> Derive(string password, byte[] salt, int rounds, CancellationToken stop)
    {
        await _cores.WaitAsync(stop);
        try
        {
            return await Task.Run(
                () => Rfc2898DeriveBytes.Pbkdf2(
                    Encoding.UTF8.GetBytes(password), salt, rounds, HashAlgorithmName.SHA256, HashBytes),
                stop);
        }
        finally
        {
            _cores.Release();
        }
    }

    private static string Format(byte[] salt, byte[] hash) => string.Create(
        CultureInfo.InvariantCulture,
        $"pbkdf2-sha256${Rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");
}
