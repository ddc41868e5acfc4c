using System.Net;
using System.Text.RegularExpressions;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Pages;

/// <summary>Someone with a browser without JavaScript: cookies, Accept, forms with their tokens.</summary>
internal sealed class Visitor : IDisposable
{
    public Visitor(TestServer server)
    {
        Http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true }) { BaseAddress = new Uri(server.Url) };
        Http.DefaultRequestHeaders.Accept.ParseAdd("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public HttpClient Http { get; }

    public static async Task<Visitor> SignedIn(TestServer server, string email)
    {
        var visitor = new Visitor(server);
        var answer = await visitor.Submit("/sign-in", "/sign-in", ("email", email), ("password", Member.Password));
        answer.Headers.Location!.ToString().ShouldBe("/");
        return visitor;
    }

    /// <summary>The text of a page that has one of these statuses; 200 unless said otherwise.</summary>
    public async Task<string> Page(string path, params HttpStatusCode[] statuses)
    {
        using var answer = await Http.GetAsync(path, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        (statuses.Length == 0 ? [HttpStatusCode.OK] : statuses).ShouldContain(answer.StatusCode, $"{path}: {text}");
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'self'");
        return WebUtility.HtmlDecode(text);
    }

    /// <summary>Fills a form of a page in and sends it with the page's token.</summary>
    public async Task<HttpResponseMessage> Submit(string page, string action, params (string Name, string Value)[] fields)
    {
        var token = Regex.Match(await Http.GetStringAsync(page, Stop), "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"").Groups[1].Value;
        using var form = new FormUrlEncodedContent(
            fields.Append(("__RequestVerificationToken", token)).Select(f => KeyValuePair.Create(f.Item1, f.Item2)));
        return await Http.PostAsync(action, form, Stop);
    }

    public void Dispose() => Http.Dispose();
}
