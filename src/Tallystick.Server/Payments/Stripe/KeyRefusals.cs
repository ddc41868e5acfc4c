using System.Collections.Concurrent;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Stripe;

/// <summary>
/// Tells the operator when the gateway refuses our own key, by what it refuses to do; that ends when it does the same again.
/// Nobody else can put that right, and it is no word about a payee, a buyer or their money.
/// </summary>
internal sealed class KeyRefusals(Database database, SetAsides setAsides)
{
    /// <summary>What our key is known to be good for: each call must not cost a look into the database.</summary>
    private readonly ConcurrentDictionary<string, bool> _good = new(StringComparer.Ordinal);

    public async Task Note(HttpMethod method, string path, StripeOutcome outcome, CancellationToken stop)
    {
        var subject = $"{method} {Kind(path)}";
        if (outcome is StripeOutcome.Unknown { KeyRefused: { } why })
        {
            _good.TryRemove(subject, out _);
            await database.InTransaction(tx => setAsides.Put(tx, PaymentCases.Key, subject, why), stop);
        }
        else if (outcome is not StripeOutcome.Unknown && !_good.ContainsKey(subject))
        {
            await database.InTransaction(tx => setAsides.Resolve(tx, PaymentCases.Key, subject, "the gateway takes the key again"), stop);
            _good[subject] = true;
        }
    }

    /// <summary>The path as far as it names no object: words have no digits, ids do.</summary>
    private static string Kind(string path) => string.Join(
        '/', path.Split('/').TakeWhile((part, at) => at <= 1 || part.All(c => char.IsAsciiLetterLower(c) || c == '_')));
}
