using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Tallystick.Server.Pages;

/// <summary>What the routes of the pages answer.</summary>
internal static class Page
{
    public static RazorComponentResult Of<TView>(object parameters, int status = StatusCodes.Status200OK)
        where TView : IComponent => new RazorComponentResult<TView>(parameters) { StatusCode = status };

    /// <summary>303: after a form was posted, GET this.</summary>
    public static IResult SeeOther(string location) => new Elsewhere(location);

    private sealed class Elsewhere(string location) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = location;
            return Task.CompletedTask;
        }
    }
}
