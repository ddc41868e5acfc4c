using System.Net;
using System.Text;
using Tallystick.Core.Gates;
using Tallystick.Hosting;

namespace Tallystick.Gate.Delivery;

/// <summary>The 402 for a person: what it costs, what it allows, where to buy. Needs no script and no other file.</summary>
internal static class OfferPage
{
    private const string Style =
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}" +
        "h1{font-size:1.4rem}section{border:1px solid #c8c8c8;border-radius:.5rem;padding:1rem;margin:1rem 0}" +
        "a.buy{display:inline-block;background:#124e3f;color:#fff;padding:.6rem 1rem;border-radius:.4rem;text-decoration:none}" +
        ".price{font-weight:600}@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}a{color:#9bd}}";

    public static Task Write(
        HttpContext context, Refusal refusal, string workTitle, List<FeedOffer> offers, Dictionary<string, object?> members)
    {
        var page = new StringBuilder("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>")
            .Append(Text(workTitle)).Append("</title><style>").Append(Style).Append("</style></head><body><main><h1>")
            .Append(Text(workTitle)).Append("</h1><p>").Append(Text(refusal.Type.Title)).Append(' ')
            .Append(Text(refusal.Detail)).Append("</p>");
        if (members.TryGetValue("top_up_url", out var topUp))
        {
            page.Append("<p><a class=\"buy\" href=\"").Append(Text((string)topUp!)).Append("\">Top up the wallet</a></p>");
        }

        foreach (var offer in offers)
        {
            page.Append("<section><p class=\"price\">").Append(Text(offer.Price.ToString())).Append("</p><p>")
                .Append(Text(offer.Summary)).Append("</p><a class=\"buy\" href=\"").Append(Text(offer.BuyUrl))
                .Append("\">Buy this licence</a></section>");
        }

        if (offers.Count == 0)
        {
            page.Append("<p>Nothing is on sale for this work right now.</p>");
        }

        page.Append("<p>").Append(Text(refusal.Type.WhatToDo)).Append("</p></main></body></html>");
        context.Response.StatusCode = refusal.Type.Status;
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return Results.Text(page.ToString(), "text/html; charset=utf-8", Encoding.UTF8, refusal.Type.Status).ExecuteAsync(context);
    }

    private static string Text(string value) => WebUtility.HtmlEncode(value);
}
