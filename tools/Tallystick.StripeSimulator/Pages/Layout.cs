using System.Text;

namespace Tallystick.StripeSimulator.Pages;

internal static class Layout
{
    const string Style = """
        :root{color-scheme:light dark}
        body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f8;color:#1c2130}
        .sim{background:#ffd34d;color:#241c00;padding:.6rem 1rem;text-align:center;font-weight:600}
        main{max-width:26rem;margin:1.5rem auto;padding:1.25rem;background:#fff;border-radius:.75rem;
          box-shadow:0 1px 4px #0002}
        h1{font-size:1.35rem;margin:.2rem 0 1rem}
        table{width:100%;border-collapse:collapse;margin-bottom:1rem}
        td,th{padding:.5rem 0;border-bottom:1px solid #e3e5ec;text-align:left;overflow-wrap:anywhere}
        .n{text-align:right;white-space:nowrap;padding-left:1rem}
        label{display:block;margin:.75rem 0;font-weight:500}
        input,select{display:block;width:100%;box-sizing:border-box;margin-top:.25rem;padding:.6rem;font:inherit;
          border:1px solid #8a90a2;border-radius:.4rem;background:#fff;color:#1c2130}
        button{display:block;width:100%;min-height:2.9rem;margin-top:.75rem;font:inherit;cursor:pointer;
          border:1px solid #8a90a2;border-radius:.4rem;background:#fff;color:#1c2130}
        button.go{background:#4338ca;border-color:#4338ca;color:#fff;font-weight:600}
        .bad{background:#fde8e8;color:#8c1313;padding:.6rem .8rem;border-radius:.4rem}
        code{overflow-wrap:anywhere}
        @media (prefers-color-scheme:dark){body{background:#14161d;color:#e8eaf1}main{background:#1f222c}
          td,th{border-color:#353a48}button{background:#2a2e3a;color:#e8eaf1}input,select{background:#14161d;color:#e8eaf1}}
        """;

    public static IResult Page(string title, string body, int status = 200) => new PageResult($"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <title>{title} - Stripe simulator</title><style>{Style}</style></head>
        <body><div class="sim">Stripe simulator - no real money</div>
        <main><h1>{title}</h1>{body}</main></body></html>
        """, status);

    sealed class PageResult(string html, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = status;
            response.ContentType = "text/html; charset=utf-8";
            response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
            response.Headers.CacheControl = "no-store";
            return response.WriteAsync(html, Encoding.UTF8, httpContext.RequestAborted);
        }
    }
}
