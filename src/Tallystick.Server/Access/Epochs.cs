using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>An epoch that was issued.</summary>
/// <param name="Name">Of its gate.</param>
/// <param name="LeasesOf">Under which epoch its leases stand.</param>
/// <param name="IsNewest">No later one was issued to the gate.</param>
internal sealed record EpochRow(
    string Name, long Number, Guid? Instance, byte[]? TokenHash, long LeasesOf, bool IsNewest, bool IsHeard, bool HasEnded);

/// <summary>
/// Who may speak for an epoch. The gate's secret stands in settings that are copied, backed up and sent about; the token of an
/// epoch was told once, to the process that holds it. So whoever has the secret alone can lease nothing, give nothing back and
/// report nothing. Another's attempt is refused and becomes a case of the operator.
/// </summary>
internal sealed class Epochs(SetAsides cases, TimeProvider clock)
{
    private const int TokenBytes = 32;

    /// <summary>A token that nobody can guess, and what is stored of it.</summary>
    public static (string Token, byte[] Hash) NewToken()
    {
        var token = System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        return (token, Hash(token));
    }

    public static async Task<EpochRow?> Find(Tx tx, GateId gate, long number) => await tx.QueryOne<EpochRow>(
        """
        select g.name, e.number, e.instance, e.token_hash, e.leases_of, e.number = g.last_epoch as is_newest,
          e.heard_at is not null as is_heard, e.ended_at is not null as has_ended
        from access.epoch e join access.gate g on g.id = e.gate where e.gate = @gate and e.number = @number
        """,
        new { gate, number });

    /// <summary>The epoch, if its token was shown. A refusal is to be committed: it leaves a case.</summary>
    public async Task<Outcome<EpochRow>> Speaking(Tx tx, GateId gate, long number, string? token)
    {
        if (await Find(tx, gate, number) is not { } epoch)
        {
            return AccessProblems.EpochFenced.With($"This server never gave epoch {number} to this gate.");
        }

        if (epoch.TokenHash is null)
        {
            return AccessProblems.EpochFenced.With($"Epoch {number} was given before epochs had tokens.");
        }

        // As long as any other comparison, whatever was shown.
        if (!CryptographicOperations.FixedTimeEquals(Hash(token ?? ""), epoch.TokenHash))
        {
            await cases.Put(
                tx, GateCases.SecondProcess, epoch.Name,
                token is null ? "It spoke for the gate's epoch without the epoch's token." : "It showed a wrong token for the gate's epoch.");
            return AccessProblems.EpochTokenWrong.With($"Epoch {number} is another process's.");
        }

        if (!epoch.IsHeard)
        {
            await tx.Execute(
                "update access.epoch set heard_at = @Now where gate = @gate and number = @number and heard_at is null",
                new { gate, number, Now = clock.GetUtcNow() });
        }

        return epoch;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
