using System.Globalization;
using Tallystick.Core.Gates;
using Tallystick.Core.Spool;
using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Credit;

/// <summary>
/// Asks the server whether a use that cannot be leased was counted at another gate: then it is gone on with here and opens
/// nothing. Asked only when the licence or its wallet is used up, by few at once, and not for longer than a buyer should wait.
/// </summary>
internal sealed class UsesElsewhere(UpstreamServer server, LocalLog spool, GateOptions options, GateClock clock) : IDisposable
{
    private const int AtOnceMost = 8;
    private readonly SemaphoreSlim _turns = new(AtOnceMost);

    /// <summary>True when the use was counted; from then on this gate remembers it.</summary>
    public async Task<bool> WasCounted(LicenceAccount account, UseKey use, CancellationToken stop)
    {
        using var most = CancellationTokenSource.CreateLinkedTokenSource(stop);
        most.CancelAfter(TimeSpan.FromMilliseconds(options.LeaseWaitMilliseconds));
        var hasTurn = false;
        try
        {
            await _turns.WaitAsync(most.Token);
            hasTurn = true;
            var answer = await server.Post<UseAnswer>(
                "/gate/v1/uses",
                new UseQuestion(account.Tally.LicenceId, use.Unit, use.Pass.ToString("x16", CultureInfo.InvariantCulture)), most.Token);
            if (answer.Counted)
            {
                spool.CountedElsewhere(account.Tally, use, clock.NowMs);
            }

            return answer.Counted;
        }
        catch (Exception away) when (away is HttpRequestException || (away is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
        finally
        {
            if (hasTurn)
            {
                _turns.Release();
            }
        }
    }

    public void Dispose() => _turns.Dispose();
}
