using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing;

/// <summary>
/// A buyer has another name towards every creator: HMAC-SHA256 under a random key of the buyer's own. Two creators
/// cannot compare notes, and once the key is destroyed no name leads back to anybody.
/// </summary>
internal sealed class Pseudonyms(KeyWrap wrap, IdSource ids)
{
    public async Task<BuyerPseudonym> Of(Tx tx, OrganisationId buyer, OrganisationId creator)
    {
        var name = buyer.ToString();
        var fresh = RandomNumberGenerator.GetBytes(32);
        await tx.Execute(
            """
            insert into licensing.subject_key (organisation, wrapped, created_at) values (@buyer, @Wrapped, @Now)
            on conflict do nothing
            """,
            new { buyer, Wrapped = wrap.Wrap(name, fresh), ids.Now });
        var key = wrap.Unwrap(
            name,
            (await tx.QueryOne<byte[]>("select wrapped from licensing.subject_key where organisation = @buyer", new { buyer }))!);
        var mac = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"tallystick pseudonym\n{creator}"));
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(fresh);
        return new(new Guid(mac.AsSpan(0, 16), bigEndian: true));
    }
}
