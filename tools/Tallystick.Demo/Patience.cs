namespace Tallystick.Demo;

/// <summary>Waits for what becomes true by itself, with a limit: a demo that hangs shows nothing.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    public static async Task<T> For<T>(
        string what, Func<CancellationToken, Task<T>> ask, Func<T, bool> isThere, CancellationToken stop)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(Limit);
        try
        {
            while (true)
            {
                var answer = await ask(late.Token);
                if (isThere(answer))
                {
                    return answer;
                }

                await Task.Delay(Between, late.Token);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new DemoException($"Waited {Limit.TotalSeconds} s for {what} in vain.");
        }
    }
}
