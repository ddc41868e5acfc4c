using System.Globalization;
using System.Text;

namespace Tallystick.Server.Payments.Stripe;

/// <summary>
/// Parameters of a request in Stripe's form encoding: names with brackets for what is nested, in the order they were
/// added, so that the same request is the same bytes. A null value is left out.
/// </summary>
internal sealed class StripeForm
{
    private readonly StringBuilder _text = new();

    public StripeForm Add(string name, string? value)
    {
        if (value is not null)
        {
            _text.Append(_text.Length == 0 ? "" : "&")
                // Brackets stay readable in names, as Stripe's own clients send them; everything else is escaped.
                .Append(Uri.EscapeDataString(name).Replace("%5B", "[", StringComparison.Ordinal)
                    .Replace("%5D", "]", StringComparison.Ordinal))
                .Append('=').Append(Uri.EscapeDataString(value));
        }

        return this;
    }

    public StripeForm Add(string name, long value) => Add(name, value.ToString(CultureInfo.InvariantCulture));

    public override string ToString() => _text.ToString();
}
