using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tallystick.StripeSimulator.Engine;

/// <summary>
/// Identifiers with Stripe's prefixes, made from the seed and a counter: the same commands on the same seed
/// give the same identifiers, which is what makes the journal replayable.
/// </summary>
internal sealed class Ids(string seed)
{
    const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    long count;

    public string Next(string prefix, int length = 24)
    {
        count++;
        var text = new StringBuilder(prefix, prefix.Length + length);
        for (var block = 0; text.Length < prefix.Length + length; block++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{seed}/{count}/{block}");
            foreach (var value in SHA256.HashData(Encoding.UTF8.GetBytes(name)))
            {
                if (text.Length < prefix.Length + length)
                    text.Append(Alphabet[value % Alphabet.Length]);
            }
        }

        return text.ToString();
    }
}
