using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Resources;

namespace Tallystick.StripeSimulator.Pages;

/// <summary>The pages that Stripe hosts: paying, onboarding, receipts. Plain HTML forms, no script.</summary>
internal sealed class HostedPages(Simulator simulator)
{
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/pay/{session}", (string session, string? declined) => Pay(session, declined is not null));
        app.MapPost("/pay/{session}", PostPayAsync).DisableAntiforgery();
        app.MapGet("/setup/{token}", Setup);
        app.MapPost("/setup/{token}", PostSetupAsync).DisableAntiforgery();
        app.MapGet("/receipts/{charge}", Receipt);
    }

    IResult Pay(string id, bool isDeclined)
    {
        var found = simulator.Read(world => world.Find(id) is { Noun: "checkout.session" } session
            ? new { Session = session.Copy(), Items = CheckoutSessions.LineItems(world, id)["data"]!.AsArray() }
            : null);
        if (found is null)
            return Layout.Page("Not found", "<p>There is no such payment page.</p>", 404);
        var (session, status) = (found.Session, found.Session["status"]!.GetValue<string>());
        if (status != "open")
            return Layout.Page("Payment", status == "complete"
                ? $"<p>This payment is complete.</p><p><a href=\"{E(SuccessUrl(session))}\">Continue</a></p>"
                : "<p>This payment page has expired. Nothing was charged.</p>");
        var currency = session["currency"]!.GetValue<string>();
        var rows = string.Concat(found.Items.Select(item => $"""
            <tr><td>{E(item!["description"]!.GetValue<string>())} <small>× {item["quantity"]}</small></td>
            <td class="n">{E(Currencies.Show(item["amount_total"]!.GetValue<long>(), currency))}</td></tr>
            """));
        var cards = string.Concat(TestCard.All.Select(card => $"<option value=\"{card.Number}\">{E(card.Label)}</option>"));
        return Layout.Page("Pay", $"""
            {(isDeclined ? "<p class=\"bad\" role=\"alert\">The card was declined. Nothing was charged.</p>" : "")}
            <table><tbody>{rows}</tbody><tfoot><tr><th scope="row">Total</th>
            <td class="n"><strong>{E(Currencies.Show(session["amount_total"]!.GetValue<long>(), currency))}</strong></td></tr></tfoot></table>
            <form method="post">
            <label>E-mail<input type="email" name="email" required autocomplete="email"
              value="{E(session["customer_email"]?.GetValue<string>() ?? "buyer@example.com")}"></label>
            <label>Test card<select name="card">{cards}</select></label>
            <button class="go" name="action" value="pay">Pay</button>
            <button name="action" value="decline">Let the card be declined</button>
            <button name="action" value="cancel" formnovalidate>Cancel</button>
            </form>
            """);
    }

    async Task<IResult> PostPayAsync(string session, HttpRequest request, CancellationToken stop)
    {
        var form = await request.ReadFormAsync(stop);
        var action = form["action"].ToString();
        if (action == "cancel")
            return Cancel(session);
        var fields = $"email={Uri.EscapeDataString(form["email"].ToString())}";
        if (action == "pay" && form["card"].ToString() is { Length: > 0 } card)
            fields += $"&card={Uri.EscapeDataString(card)}";
        var reply = simulator.Control($"/_sim/sessions/{session}/{(action == "decline" ? "decline" : "pay")}", fields);
        var json = JsonNode.Parse(reply.Body)!.AsObject();
        if (reply.Status != 200)
            return Layout.Page("Payment", $"<p class=\"bad\">{E(json["error"]!["message"]!.GetValue<string>())}</p>", reply.Status);
        return json["status"]!.GetValue<string>() == "complete"
            ? SeeOther(SuccessUrl(json))
            : SeeOther($"/pay/{session}?declined=1");
    }

    IResult Cancel(string id)
    {
        var url = simulator.Read(world =>
            world.Find(id) is { Noun: "checkout.session" } session ? session.Text("cancel_url") : null);
        return url is null
            ? Layout.Page("Cancelled", "<p>Nothing was charged. You can close this page.</p>")
            : SeeOther(Substituted(url, id));
    }

    IResult Setup(string token)
    {
        var link = simulator.Read(world =>
            world.OnboardingLinks.TryGetValue(token, out var found) ? (found, found.ExpiresAt >= world.Now) : default);
        return link switch
        {
            (null, _) => Layout.Page("Onboarding", "<p>This link was used before or never existed.</p>", 404),
            (_, false) => SeeOther(link.found!.RefreshUrl),
            _ => Layout.Page("Onboarding", $"""
                <p>Account <code>{E(link.found!.Account)}</code></p>
                <p>Here a person would state who they are and where to send their money.</p>
                <form method="post">
                <button class="go" name="action" value="complete">Complete onboarding</button>
                <button name="action" value="later">Return without finishing</button>
                </form>
                """),
        };
    }

    async Task<IResult> PostSetupAsync(string token, HttpRequest request, CancellationToken stop)
    {
        var form = await request.ReadFormAsync(stop);
        if (form["action"] == "later")
        {
            var url = simulator.Read(world => world.OnboardingLinks.GetValueOrDefault(token)?.ReturnUrl);
            return url is null ? Setup(token) : SeeOther(url);
        }

        var reply = simulator.Control($"/_sim/onboarding/{token}", "");
        return reply.Status == 200
            ? SeeOther(JsonNode.Parse(reply.Body)!["return_url"]!.GetValue<string>())
            : Setup(token);
    }

    IResult Receipt(string charge)
    {
        var found = simulator.Read(world => world.Find(charge) is { Noun: "charge" } paid ? paid.Copy() : null);
        return found is null
            ? Layout.Page("Not found", "<p>There is no such receipt.</p>", 404)
            : Layout.Page("Receipt", $"""
                <p>Charge <code>{E(charge)}</code></p>
                <p>Paid: {E(Shown(found, "amount_captured"))}</p><p>Refunded: {E(Shown(found, "amount_refunded"))}</p>
                """);
    }

    static string Shown(JsonObject charge, string field) =>
        Currencies.Show(charge[field]!.GetValue<long>(), charge["currency"]!.GetValue<string>());

    static string SuccessUrl(JsonObject session) =>
        Substituted(session["success_url"]!.GetValue<string>(), session["id"]!.GetValue<string>());

    static string Substituted(string url, string session) =>
        url.Replace("{CHECKOUT_SESSION_ID}", session, StringComparison.Ordinal)
            .Replace("%7BCHECKOUT_SESSION_ID%7D", session, StringComparison.OrdinalIgnoreCase);

    static SeeOtherResult SeeOther(string url) => new SeeOtherResult(url);

    static string E(string text) => HtmlEncoder.Default.Encode(text);

    /// <summary>303, so that a browser follows with GET after a form was posted.</summary>
    sealed class SeeOtherResult(string url) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = url;
            return Task.CompletedTask;
        }
    }
}
