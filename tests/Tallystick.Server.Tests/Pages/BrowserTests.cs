using System.Text.Json.Nodes;
using Tallystick.Server.Tests.Support;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.Server.Tests.Pages;

/// <summary>The pages in a real Chromium. TALLY_SHOTS names a folder that pictures of all pages are put into.</summary>
public sealed class BrowserTests(Postgres postgres, Node node)
{
    private static readonly string? Chromium =
        new[] { "/usr/bin/chromium", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    [Fact]
    public async Task Every_page_is_quiet_and_fits_a_phone_and_a_desk()
    {
        Assert.SkipWhen(Chromium is null, "Chromium is not installed.");
        await using var fair = await Fair.Open(postgres);
        await using var empty = await Fair.Empty(postgres);

        await node.Script(["pages.mjs", "look"], Told(fair, new JsonObject
        {
            ["empty"] = empty.Server.Url, ["new_creator"] = empty.Creator.Email, ["new_buyer"] = empty.Buyer.Email, ["new_operator"] = Fair.OperatorEmail,
        }));
    }

    [Fact]
    public async Task A_work_is_bought_without_JavaScript_and_by_keyboard_alone()
    {
        Assert.SkipWhen(Chromium is null, "Chromium is not installed.");
        await using var fair = await Fair.Open(postgres);

        await node.Script(["pages.mjs", "buy"], Told(fair, []));
    }

    private static string Told(Fair fair, JsonObject more)
    {
        var shots = Environment.GetEnvironmentVariable("TALLY_SHOTS");
        foreach (var (name, value) in new (string, string?)[]
        {
            ("chromium", Chromium), ("url", fair.Server.Url), ("password", Member.Password), ("creator", fair.Creator.Email),
            ("buyer", fair.Buyer.Email), ("operator", Fair.OperatorEmail), ("work", fair.Work.ToString()),
            ("licence", fair.Licence.ToString()), ("request", fair.Request.ToString()), ("payout", fair.Payout),
            ("creator_statement", fair.CreatorStatement), ("buyer_statement", fair.BuyerStatement), ("shots", shots),
        })
        {
            more[name] = value;
        }

        return more.ToJsonString();
    }
}
