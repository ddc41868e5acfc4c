using System.CommandLine;
using Tallystick.Client;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;

namespace Tallystick.Cli.Commands;

/// <summary>What is sold, for what, and who shares it: <c>works</c>, <c>work</c>, <c>offer</c>, <c>withdraw</c>, <c>rule</c>.</summary>
internal static class CatalogCommands
{
    public static Command Works()
    {
        var words = new Argument<string?>("WORDS")
        {
            Description = "Words to search for.", Arity = ArgumentArity.ZeroOrOne,
        };
        var mine = Define.Option<bool>("--mine", "Your own works, drafts too.");
        return ListCommand.Create(
            ("works", "List or search works, newest first.", "tally works digits"), [words, mine],
            (call, tally, after, stop) => tally.Works(call.Parsed.GetValue(words), call.Get(mine), after, stop),
            new Columns<WorkEntry>(
                ["work", "title", "kind", "published"],
                w => [w.WorkId.ToString(), w.Title, w.Kind, w.PublishedAt is null ? "draft" : Call.Time(w.PublishedAt)],
                "Nothing was found."));
    }

    public static Command Work()
    {
        var work = Define.Argument("WORK", "Id of the work.");
        return Define.Command(
            "work", "Show a work: source, versions, files, offers.", "tally work wrk_01jd…", [work],
            async call =>
            {
                using var tally = call.Open();
                call.Output.Result(await tally.Work(Call.Id<WorkId>(call.Get(work), "work"), call.Stop), Tell);
                return 0;
            });
    }

    public static Command Offer()
    {
        var work = Define.Argument("WORK", "Id of the work.");
        var price = Define.Option<string>(
            "--price", "'25 USD once', '2.00 USD per shard', '0.05 USD per MB', '1 USD per 100 files'.", required: true);
        var scope = Define.Many("--scope", $"What is allowed: {string.Join(", ", OfferRules.Rights)}; repeat for more (default: ai-train).");
        var transform = Define.Many("--transform", $"What may be done to it: {string.Join(", ", OfferRules.Transforms)}; repeat for more.");
        var days = new Option<int>("--valid-days") { Description = "Days a licence is valid (default: 365).", DefaultValueFactory = _ => 365 };
        var uses = Define.Option<long?>("--max-uses", "Uses allowed; a use is one file in one pass (default: any number).");
        var territory = Define.Many("--territory", "Country, two letters; repeat for more (default: the whole world).");
        var attribution = Define.Option<bool>("--attribution", "The work must be named where it was used.");
        var refund = Define.Option<int>("--refund-days", "Days in which a price paid once is given back (default: 0); not for a price per use.");
        return Define.Command(
            "offer", "Offer a published work. An offer never changes; another price is another offer.",
            "tally offer wrk_01jd… --price '0.05 USD per MB' --scope ai-train --valid-days 365",
            [work, price, scope, transform, days, uses, territory, attribution, refund],
            async call =>
            {
                if (!AmountText.TryPrice(call.Get(price)!, out var wanted))
                {
                    throw new CommandException(
                        $"'{call.Get(price)}' is not a price: write '25 USD once', '2.00 USD per shard' or '0.05 USD per MB'.");
                }

                if (call.Get(refund) != 0 && wanted.Meter != Meter.None)
                {
                    throw new CommandException(
                        "--refund-days goes with a price paid once, such as '25 USD once': what is paid per use is charged when it " +
                        "was used, and unused money of a wallet is given back at any time. Leave --refund-days out.");
                }

                using var tally = call.Open();
                var terms = new Terms(
                    call.Get(scope) is { Length: > 0 } scopes ? scopes : ["ai-train"], call.Get(transform) ?? [], call.Get(days),
                    call.Get(uses), call.Get(territory) ?? [], call.Get(attribution), call.Get(refund));
                var made = await tally.CreateOffer(Call.Id<WorkId>(call.Get(work), "work"), terms, wanted, call.Stop);
                call.Output.Result(made, m =>
                {
                    Console.WriteLine($"{m.OfferId}  {m.Price.Text}");
                    Console.WriteLine(m.Summary);
                    Console.WriteLine($"sha256 of work, terms and price  {m.Hash}");
                });
                return 0;
            });
    }

    public static Command Withdraw()
    {
        var offer = Define.Argument("OFFER", "Id of the offer.");
        return Define.Command(
            "withdraw", "Take an offer off the shelf for good. Licences already granted go on.", "tally withdraw off_01jd…", [offer],
            async call =>
            {
                using var tally = call.Open();
                var id = Call.Id<OfferId>(call.Get(offer), "offer");
                await tally.WithdrawOffer(id, call.Stop);
                call.Output.Result(new { withdrawn = id }, _ => Console.WriteLine($"{id} is withdrawn."));
                return 0;
            });
    }

    public static Command Rule()
    {
        var work = Define.Argument("WORK", "Id of the work.");
        var share = Define.Many(
            "--share", "ORGANISATION=PERCENT of what remains after the platform's fee; repeat until it makes 100%.", required: true);
        var holdback = Define.Option<string?>("--holdback", "Percent of every share kept back for disputes.");
        var days = Define.Option<int>("--holdback-days", "Days until that is released.");
        var from = Define.Option<string?>("--from", "When the rule begins, UTC (default: now).");
        return Define.Command(
            "rule", "Set how a work's earnings are shared: a new version of its royalty rule. Others than yourself are invited the first\n" +
                "time and must accept ('tally invitations'); then set the rule again.",
            "tally rule wrk_01jd… --share org_01ja…=62.5% --share org_01jb…=37.5%",
            [work, share, holdback, days, from],
            async call =>
            {
                var parts = call.Get(share)!.Select(Part).ToList();
                if (parts.Sum(p => p.ShareBasisPoints) is var sum and not 10_000)
                {
                    throw new CommandException($"The shares make {sum / 100}.{sum % 100:00}%, not 100%.");
                }

                using var tally = call.Open();
                var rule = new RoyaltyRule(
                    parts, null, null, call.Get(holdback) is { } held ? BasisPoints(held) : 0, call.Get(days));
                var answer = await tally.SetRoyaltyRule(
                    Call.Id<WorkId>(call.Get(work), "work"), rule, call.Get(from) is { } at ? Call.Instant(at) : null, call.Stop);
                call.Output.Result(answer, a => Console.WriteLine(
                    $"Version {a["version"]} of the rule shares among {parts.Count}: {string.Join(", ", call.Get(share)!)}."));
                return 0;
            });
    }

    private static SplitPart Part(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? new SplitPart(BasisPoints(text[(equals + 1)..]), Call.Id<OrganisationId>(text[..equals], "organisation"))
            : throw new CommandException($"'{text}' is not a share: write it like org_01ja…=62.5%.");
    }

    private static int BasisPoints(string text) => AmountText.TryBasisPoints(text, out var points)
        ? points
        : throw new CommandException($"'{text}' is not a percentage between 0 and 100 with at most two digits after the point.");

    private static void Tell(WorkView work)
    {
        Console.WriteLine($"{work.Title}  ({work.WorkId}, {work.Kind}, by {work.Creator})");
        if (work.Description.Length > 0)
        {
            Console.WriteLine(work.Description);
        }

        Console.WriteLine($"Source: {work.Source.Name}, {work.Source.Licence} {work.Source.Url}".TrimEnd());
        Output.Table(
            ["version", "id", "files", "bytes", "published", "sha256 over all files"],
            work.Versions.Select(v => (string[])[
                v.Number.ToString(System.Globalization.CultureInfo.InvariantCulture), v.VersionId.ToString(), Call.Number(v.FileCount),
                Call.Number(v.SizeBytes), v.PublishedAt is null ? "draft" : Call.Time(v.PublishedAt), v.Hash ?? ""]),
            "No versions yet.");
        Output.Table(
            ["file", "counts as", "bytes", "sha256"],
            work.Files.Select(f => (string[])[f.Path, f.UnitKind, Call.Number(f.SizeBytes), f.Sha256]),
            "No files published yet.");
        Output.Table(
            ["offer", "price", "in plain words"],
            work.Offers.Select(o => (string[])[o.OfferId.ToString(), o.Price.Text, o.Summary]),
            "Nothing is on sale.");
    }
}
