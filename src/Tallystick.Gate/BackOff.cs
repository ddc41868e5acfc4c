using System.Security.Cryptography;

namespace Tallystick.Gate;

/// <summary>Waits longer after every failure, up to 15 seconds, with jitter so that many gates do not return at once.</summary>
internal sealed class BackOff(TimeProvider clock)
{
    private const int FirstMs = 100;
    private const int MostMs = 15_000;
    private int _nextMs = FirstMs;

    public void Succeeded() => _nextMs = FirstMs;

    public Task Wait(CancellationToken stop)
    {
        var wait = RandomNumberGenerator.GetInt32(_nextMs / 2, _nextMs + 1);
        _nextMs = Math.Min(_nextMs * 2, MostMs);
        return Task.Delay(TimeSpan.FromMilliseconds(wait), clock, stop);
    }
}
