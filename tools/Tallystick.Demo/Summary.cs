using System.Globalization;
using Spectre.Console;

namespace Tallystick.Demo;

/// <summary>The end of the story, for a person: what came in, who earned what and why, where it can be checked.</summary>
internal static class Summary
{
    /// <param name="goesOn">Whether the server goes on running: else there is nothing to look at by then.</param>
    public static void Write(World world, bool goesOn)
    {
        var books = world.Books;
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine("[bold]What happened[/]");
        AnsiConsole.MarkupLineInterpolated($"Cards paid {books.CameIn}: {world.ToppedUp} into a wallet, {world.Once.Price.Amount} for a licence paid once.");
        AnsiConsole.MarkupLineInterpolated($"Of this {books.Billed} were earned; {books.LeftInWallet} are still the buyer's, in the wallet.");
        AnsiConsole.MarkupLineInterpolated($"The platform kept {books.PlatformFee}; the card fees of {books.GatewayFees} are its own cost.");
        AnsiConsole.MarkupLineInterpolated($"Training: {world.Accuracy}.");
        AnsiConsole.WriteLine();
        foreach (var earning in books.Earned)
        {
            var why = string.Join("; ", earning.Statement.Lines.Select(l => $"{l.Amount} of {l.Gross} for {Quantity(l.Meter, l.Quantity)}"));
            AnsiConsole.MarkupLineInterpolated($"[bold]{earning.Creator.Name}[/] earned {earning.Statement.Statement.Total}: {earning.Paid} paid out, {earning.HeldBack} held back.");
            AnsiConsole.MarkupLineInterpolated($"  {earning.Creator.ShareBasisPoints / 100}.{earning.Creator.ShareBasisPoints % 100:00}% of what remained after the platform's fee: {why}");
        }

        if (goesOn)
        {
            Where(world);
        }
    }

    private static void Where(World world)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine("[bold]Where it can be checked[/]");
        AnsiConsole.MarkupLineInterpolated($"the work, its offers and hashes    {world.Settings.Server}works/{world.Work}");
        AnsiConsole.MarkupLineInterpolated($"files, as the gate lists them      {world.WorkAtGate}");
        AnsiConsole.MarkupLineInterpolated($"the public log                     {world.Settings.Server}log/checkpoint, key {world.Settings.Server}log/key");
        AnsiConsole.MarkupLineInterpolated($"what the payment gateway moved     {world.Settings.Stripe}_sim/totals");
        AnsiConsole.MarkupLineInterpolated($"pages of the people of the story   {world.Settings.Server}sign-in, with an address and password from {Profiles.SignIns(world.Settings)}");
        var payout = world.Payouts.First(p => p.OrganisationId == world.Creator.Id).PayoutId;
        AnsiConsole.MarkupLineInterpolated($"and their command line:            export TALLY_PROFILES={Profiles.Folder(world.Settings)}");
        AnsiConsole.MarkupLineInterpolated($"  a payout, back to its requests   ./tally trace {payout} --as {Profiles.NameOf(world.Creator.Name)}");
        AnsiConsole.MarkupLineInterpolated($"  a creator's statements           ./tally statement --as {Profiles.NameOf(world.Creators[1].Name)}");
        AnsiConsole.MarkupLineInterpolated($"  a request's receipts             ./tally receipt {world.LastRequest} --out usage.json --as {Profiles.NameOf(world.OnceBuyer.Name)} && ./tally log key --as {Profiles.NameOf(world.OnceBuyer.Name)} > log.vkey && ./tally verify usage.json --key log.vkey");
    }

    /// <summary>The last words: how many checks, and which failed.</summary>
    public static void WriteVerdict(Screen screen)
    {
        AnsiConsole.WriteLine();
        if (screen.Failed.Count == 0)
        {
            AnsiConsole.MarkupLineInterpolated($"[green]All {screen.Checks} checks hold[/] ({screen.Elapsed.TotalSeconds:0} s).");
            return;
        }

        WriteFailed(screen);
    }

    /// <summary>The last words when the story could not go on: what was not reached was not checked.</summary>
    public static void WriteStopped(Screen screen)
    {
        AnsiConsole.MarkupLineInterpolated($"{screen.Checks} checks were made before that; the rest of the story did not happen.");
        if (screen.Failed.Count > 0)
        {
            WriteFailed(screen);
        }
    }

    private static void WriteFailed(Screen screen)
    {
        AnsiConsole.MarkupLineInterpolated($"[red]{screen.Failed.Count} of {screen.Checks} checks do not hold:[/]");
        foreach (var failed in screen.Failed)
        {
            AnsiConsole.MarkupLineInterpolated($"  {failed}");
        }
    }

    /// <summary>What was used, as a person says it.</summary>
    public static string Quantity(string meter, long quantity) => meter switch
    {
        "segment_unlocked" => string.Create(CultureInfo.InvariantCulture, $"{quantity:#,0} {(quantity == 1 ? "shard" : "shards")} used in a pass"),
        "bytes_delivered" => string.Create(CultureInfo.InvariantCulture, $"{quantity:#,0} bytes delivered"),
        _ => $"{quantity} {meter}",
    };
}
