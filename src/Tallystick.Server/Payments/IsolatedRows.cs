using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>
/// One row of a poller. What breaks on it is written down where the operator looks, and the poller goes on with the next:
/// the caller has put the row off already, or does so afterwards whatever came of it.
/// </summary>
internal sealed partial class IsolatedRows(Database database, SetAsides setAsides, ILogger<IsolatedRows> log)
{
    /// <summary>The value, or the fallback when it broke.</summary>
    public async Task<T> Try<T>(string subject, Func<Task<T>> work, T fallback, CancellationToken stop)
    {
        T result;
        try
        {
            result = await work();
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            LogFailed(failure, subject);
            await database.InTransaction(
                tx => setAsides.Put(tx, PaymentCases.Failing, subject, failure.GetType().Name), stop);
            return fallback;
        }

        await database.InTransaction(tx => setAsides.Resolve(tx, PaymentCases.Failing, subject, "it went on"), stop);
        return result;
    }

    [LoggerMessage(7451, LogLevel.Error, "{Subject} could not be worked on; it is put off, others go on.")]
    private partial void LogFailed(Exception failure, string subject);
}
