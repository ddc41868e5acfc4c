using System.Globalization;

namespace Tallystick.StripeSimulator.Hosting;

/// <summary>How to run, from the command line. Parsing reports everything that is wrong at once.</summary>
internal sealed record SimulatorOptions
{
    // Two days: the real default for card money in the United States, and for standard payouts.
    const long TwoDaysSeconds = 2 * 24 * 3600;

    /// <summary>Port on loopback; 0 takes a free one.</summary>
    public int Port { get; init; }

    public string SecretKey { get; init; } = "";

    /// <summary>Where events are posted; null delivers none.</summary>
    public string? WebhookUrl { get; init; }

    public string WebhookSecret { get; init; } = "";

    /// <summary>What events of connected accounts are signed with: they have an endpoint of their own; null is the same one.</summary>
    public string? ConnectWebhookSecret { get; init; }

    /// <summary>Journal file; null keeps the state in memory only.</summary>
    public string? DataPath { get; init; }

    public string Seed { get; init; } = "tallystick";

    public long SettlementSeconds { get; init; } = TwoDaysSeconds;

    public long PayoutSeconds { get; init; } = TwoDaysSeconds;

    public const string Usage = """
        Stripe simulator - no real money.
          --port N                  port on 127.0.0.1 (0: any free one)
          --secret-key sk_test_...  the key that callers must send
          --webhook-url URL         where events are posted (optional)
          --webhook-secret whsec_.. what they are signed with (with --webhook-url)
          --connect-webhook-secret  the same for events of connected accounts (optional)
          --data FILE               keep the state in this journal (optional)
          --seed TEXT               makes identifiers repeatable (default: tallystick)
          --settlement-seconds N    until card money is available (default: 172800)
          --payout-seconds N        until a payout arrives (default: 172800)
        """;

    public static bool TryParse(IReadOnlyList<string> arguments, out SimulatorOptions options, out List<string> wrong)
    {
        wrong = [];
        options = new SimulatorOptions();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : null;
            if (value is null)
                wrong.Add($"{arguments[i]} needs a value");
            else
                options = options.With(arguments[i], value, wrong);
        }

        options.Check(wrong);
        return wrong.Count == 0;
    }

    SimulatorOptions With(string name, string value, List<string> wrong)
    {
        switch (name)
        {
            case "--port":
                return this with { Port = (int)Number(name, value, 65535, wrong) };
            case "--secret-key":
                return this with { SecretKey = value };
            case "--webhook-url":
                return this with { WebhookUrl = value };
            case "--webhook-secret":
                return this with { WebhookSecret = value };
            case "--connect-webhook-secret":
                return this with { ConnectWebhookSecret = value };
            case "--data":
                return this with { DataPath = value };
            case "--seed":
                return this with { Seed = value };
            case "--settlement-seconds":
                return this with { SettlementSeconds = Number(name, value, int.MaxValue, wrong) };
            case "--payout-seconds":
                return this with { PayoutSeconds = Number(name, value, int.MaxValue, wrong) };
            default:
                wrong.Add($"{name} is not known");
                return this;
        }
    }

    void Check(List<string> wrong)
    {
        if (!SecretKey.StartsWith("sk_test_", StringComparison.Ordinal))
            wrong.Add("--secret-key must begin with sk_test_");
        if (WebhookUrl is null)
            return;
        if (!Uri.TryCreate(WebhookUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            wrong.Add("--webhook-url must be an http or https address");
        if (!WebhookSecret.StartsWith("whsec_", StringComparison.Ordinal))
            wrong.Add("--webhook-secret must begin with whsec_");
        if (ConnectWebhookSecret?.StartsWith("whsec_", StringComparison.Ordinal) == false)
            wrong.Add("--connect-webhook-secret must begin with whsec_");
    }

    static long Number(string name, string value, long max, List<string> wrong)
    {
        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max)
            return number;
        wrong.Add($"{name} must be a number from 0 to {max}");
        return 0;
    }
}
