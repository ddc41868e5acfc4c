using System.Net;
using System.Runtime.ExceptionServices;

namespace Tallystick.Client;

/// <summary>
/// How long one call goes on when it fails in a way that passes. Who says when to come back is obeyed, to the second;
/// who says nothing is asked again after growing pauses. Both are bounded, and so is all the waiting together.
/// </summary>
/// <param name="clock">Times the pauses.</param>
/// <param name="failuresMost">Failures in a row that are borne without being told when to come back.</param>
internal sealed class Patience(TimeProvider clock, int failuresMost = 3)
{
    /// <summary>All the pauses of one call: longer than a restart, shorter than a person's patience.</summary>
    public static readonly TimeSpan WaitedMost = TimeSpan.FromMinutes(10);

    /// <summary>Who says "at once" again and again is not believed for ever.</summary>
    private const int ToldMost = 60;

    private static readonly TimeSpan ToldLeast = TimeSpan.FromMilliseconds(250);

    private int _failures;
    private int _told;
    private TimeSpan _waited;

    /// <summary>Does it, again and again, until it succeeds or there is no more patience.</summary>
    /// <param name="attempt">What to do. May say <see cref="Renew"/> when it got further than the time before.</param>
    /// <param name="mayRepeat">Whether doing it twice does no harm. If not, only what was refused unread is sent again.</param>
    public async Task<T> Persist<T>(Func<Task<T>> attempt, bool mayRepeat, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (Exception failure) when (mayRepeat ? Passes(failure) : IsRefusedUnread(failure))
            {
                if (Pause(failure) is not { } pause)
                {
                    ExceptionDispatchInfo.Throw(failure);
                    throw;
                }

                await Task.Delay(pause, clock, stop);
            }
        }
    }

    /// <summary>Something has moved on, towards an end that is known: failures and waiting are counted from here.</summary>
    public void Renew() => (_failures, _told, _waited) = (0, 0, TimeSpan.Zero);

    /// <summary>How long to wait after this failure; null when that would be too long or was too often.</summary>
    internal TimeSpan? Pause(Exception failure)
    {
        TimeSpan pause;
        if (failure is TallyProblemException { RetryAfter: { } told })
        {
            pause = told > ToldLeast ? told : ToldLeast;
            if (++_told > ToldMost)
            {
                return null;
            }
        }
        else if (++_failures > failuresMost)
        {
            return null;
        }
        else
        {
            // Half fixed, half random: clients that failed together must not come back together.
            pause = TimeSpan.FromMilliseconds((250 << _failures) * (0.5 + (clock.GetTimestamp() % 1_000 / 2_000.0)));
        }

        // Coming back earlier than told would only be refused again.
        if (pause > WaitedMost - _waited)
        {
            return null;
        }

        _waited += pause;
        return pause;
    }

    private static bool Passes(Exception failure) =>
        failure is HttpRequestException or HttpIOException ||
        failure is TallyProblemException
        {
            Status: (int)HttpStatusCode.TooManyRequests or (int)HttpStatusCode.Locked or (int)HttpStatusCode.BadGateway
                or (int)HttpStatusCode.ServiceUnavailable or (int)HttpStatusCode.GatewayTimeout,
        };

    private static bool IsRefusedUnread(Exception failure) =>
        failure is TallyProblemException { Status: (int)HttpStatusCode.TooManyRequests };
}
