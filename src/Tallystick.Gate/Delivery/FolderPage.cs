using System.Globalization;
using System.Net;
using System.Text;
using Tallystick.Core.Gates;
using Tallystick.Gate.Credentials;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// A folder of a work as a page of links, for browsers and for the stock tools that read such pages (rclone's http, wget): what lies in
/// it, with times and sizes, and folders below by their own names. Links are relative and percent-encoded, text is escaped.
/// </summary>
internal static class FolderPage
{
    private const int FlushAt = 32 * 1024;

    // The page's own: links may be followed and saved, nothing runs, nobody frames it.
    private const string Policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>
    /// Whoever names HTML before JSON, as browsers do; and who comes with a name and a password and does not say what it takes, as rclone
    /// does. Any other program gets JSON.
    /// </summary>
    public static bool IsWanted(HttpRequest request) => request.Headers.Accept.Count == 0
        ? TokenCache.IsBasic(request.Headers.Authorization)
        : RefuseAccess.PrefersHtml(request);

    /// <summary>True when anything lies in a folder.</summary>
    /// <param name="work">The work.</param>
    /// <param name="folder">Empty for the work itself, otherwise with a slash at its end.</param>
    public static bool Exists(FeedWork work, string folder) =>
        folder.Length == 0 || work.Files.Any(f => f.Path.StartsWith(folder, StringComparison.Ordinal));

    /// <summary>Writes it.</summary>
    public static async Task Write(HttpContext context, FeedWork work, string folder)
    {
        AnswerHeaders.Set(context);
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = Policy;
        if (Methods.IsHead(context.Request.Method))
        {
            return;
        }

        var body = context.Response.BodyWriter;
        var unflushed = 0L;
        var title = WebUtility.HtmlEncode($"{work.Title}: /{folder}");
        Text($"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body><h1>{title}</h1><pre>\n");
        if (folder.Length > 0)
        {
            Text("<a href=\"../\">../</a>\n");
        }

        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in work.Files.Where(f => f.Path.StartsWith(folder, StringComparison.Ordinal)))
        {
            var name = file.Path[folder.Length..];
            if (name.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
            {
                if (folders.Add(name[..slash]))
                {
                    Text($"<a href=\"{Uri.EscapeDataString(name[..slash])}/\">{WebUtility.HtmlEncode(name[..slash])}/</a>\n");
                }

                continue;
            }

            Text(string.Create(
                CultureInfo.InvariantCulture,
                $"<a href=\"{Uri.EscapeDataString(name)}\">{WebUtility.HtmlEncode(name)}</a>  {file.ModifiedAt?.UtcDateTime:yyyy-MM-dd HH:mm:ss}  {file.SizeBytes}\n"));
            if (unflushed > FlushAt)
            {
                await body.FlushAsync(context.RequestAborted);
                unflushed = 0;
            }
        }

        Text("</pre></body></html>\n");
        await body.FlushAsync(context.RequestAborted);

        void Text(string text) => unflushed += Encoding.UTF8.GetBytes(text, body);
    }
}
