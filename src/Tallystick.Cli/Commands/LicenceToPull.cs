using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Client;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;

namespace Tallystick.Cli.Commands;

/// <summary>
/// The licence that <c>tally pull</c> uses: the one that is named, in a file or by its id, else the best of those held. Which
/// one it is and what it costs is said before anything is delivered.
/// </summary>
internal static class LicenceToPull
{
    /// <summary>Who holds more names the licence to pull with.</summary>
    private const int LicencesMost = 10_000;

    /// <summary>The work, the token of the licence for it, and the server that issued the licence.</summary>
    /// <param name="what">What was typed: a file with a token, a licence, or a work.</param>
    /// <param name="with">The licence chosen for a work; null for the best.</param>
    public static async Task<(WorkId Work, string Token, Uri Server)> Find(Call call, string what, string? with)
    {
        var isFile = File.Exists(what);
        if (with is not null && (isFile || LicenceId.TryParse(what, null, out _)))
        {
            throw new CommandException($"{what} is the licence already: leave --licence out, or give the id of the work.");
        }

        if (isFile)
        {
            var text = (await File.ReadAllTextAsync(what, call.Stop)).Trim();
            var (of, issuer) = Read(text) ?? throw new CommandException($"{what} holds no licence token.");
            return (of, text, Session.Http(issuer));
        }

        using var tally = call.Open();
        if (LicenceId.TryParse(what, null, out var id))
        {
            return await Named(call, tally, id);
        }

        var work = Call.Id<WorkId>(what, "work or licence");
        if (with is null)
        {
            return await BestOf(call, tally, work);
        }

        var named = await Named(call, tally, Call.Id<LicenceId>(with, "licence"));
        return named.Work == work ? named : throw new CommandException($"{with} is a licence of {named.Work}, not of {work}.");
    }

    private static async Task<(WorkId Work, string Token, Uri Server)> Named(Call call, TallyClient tally, LicenceId id)
    {
        var licence = await tally.Licence(id, call.Stop);
        var token = licence.Token ?? throw new CommandException("Only the buyer of a licence can pull with it.");
        await Say(new(licence, await tally.Offer(licence.OfferId, call.Stop)), others: 0);
        return (licence.WorkId, token, tally.Server);
    }

    private static async Task<(WorkId Work, string Token, Uri Server)> BestOf(Call call, TallyClient tally, WorkId work)
    {
        var held = await TallyClient.Collect((after, stop) => tally.Licences(granted: false, after, stop), LicencesMost, call.Stop);
        var now = TimeProvider.System.GetUtcNow();
        var fits = held.Items.Where(l => l.WorkId == work && l.Status == "valid" && l.NotBefore <= now && now < l.Expires).ToList();
        if (fits.Count == 0)
        {
            throw new CommandException($"You hold no valid licence of {work}. See 'tally work {work}' for offers, then 'tally buy'.");
        }

        var offers = new Dictionary<OfferId, OfferView>();
        foreach (var offer in fits.Select(l => l.OfferId).Distinct())
        {
            offers[offer] = await tally.Offer(offer, call.Stop);
        }

        var best = await LicenceChoice.Best(
            [.. fits.Select(l => new HeldLicence(l, offers[l.OfferId]))], currency => HasMoney(call, tally, currency));
        await Say(best, fits.Count - 1);
        return (work, (await tally.Licence(best.Licence.LicenceId, call.Stop)).Token!, tally.Server);
    }

    /// <summary>On standard error: what is piped is the result alone.</summary>
    private static Task Say(HeldLicence used, int others)
    {
        var price = used.Offer.Price;
        var cost = price.Amount.Minor == 0 ? "it is free"
            : used.CostsNothingMore ? "it was paid once, nothing more is charged"
            : $"{price.Text}, charged to the wallet";
        var choose = others == 0 ? "" : $" You hold {others} more of this work: --licence picks one ('tally licences' lists them).";
        return Console.Error.WriteLineAsync($"Using licence {used.Licence.LicenceId}: {cost}.{choose}");
    }

    /// <summary>A key that may not see the wallet still pulls.</summary>
    private static async Task<bool> HasMoney(Call call, TallyClient tally, Currency currency)
    {
        try
        {
            return (await tally.Wallet(currency, call.Stop)).Available.Minor > 0;
        }
        catch (TallyProblemException refused) when (refused.Kind == "forbidden")
        {
            return false;
        }
    }

    /// <summary>Read for the addresses only; whether the token is good is for the gate to say.</summary>
    private static (WorkId Work, string Issuer)? Read(string token)
    {
        try
        {
            return token.Split('.') is [_, var claims, _] &&
                JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(claims)) is JsonObject body &&
                WorkId.TryParse(body["content_id"]?.ToString(), null, out var work) && body["iss"]?.ToString() is { } issuer
                    ? (work, issuer)
                    : null;
        }
        catch (Exception garbage) when (garbage is FormatException or JsonException)
        {
            return null;
        }
    }
}
