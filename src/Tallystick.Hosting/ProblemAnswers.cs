using System.Data.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Tallystick.Hosting;

/// <summary>Turns every answer without a body of its own, and every exception, into problem+json with one of our types.</summary>
public static class ProblemAnswers
{
    private const long RetryAfterSeconds = 2;

    // errno, which is what .NET keeps of these two.
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Registers the problem service.</summary>
    public static IServiceCollection AddProblemAnswers(this IServiceCollection services) =>
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            context.ProblemDetails.Extensions["trace_id"] =
                System.Diagnostics.Activity.Current?.TraceId.ToHexString() ?? context.HttpContext.TraceIdentifier;
            context.ProblemDetails.Extensions.Remove("traceId");
            if (context.ProblemDetails.Type?.StartsWith("https://tallystick.dev/", StringComparison.Ordinal) == true)
            {
                return;
            }

            var type = ByStatus(context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode);
            context.ProblemDetails.Type = type.Uri;
            context.ProblemDetails.Title = type.Title;
            context.ProblemDetails.Extensions.TryAdd("what_to_do", type.WhatToDo);
            if (context.ProblemDetails is { Status: StatusCodes.Status400BadRequest, Detail: null })
            {
                CallerMistakes.Suspect(context.ProblemDetails, context.HttpContext.Request.Query.Keys);
            }
        });

    /// <summary>Puts the handlers in front of everything else.</summary>
    public static IApplicationBuilder UseProblemAnswers(this IApplicationBuilder app) => app
        .UseExceptionHandler(new ExceptionHandlerOptions
        {
            AllowStatusCode404Response = true,
            StatusCodeSelector = StatusOf,
            // A caller's mistake is told to the caller: otherwise anyone could fill the log with failures that are none.
            SuppressDiagnosticsCallback = handled => StatusOf(handled.Exception) < StatusCodes.Status500InternalServerError,
            ExceptionHandler = context => Describe(context).ExecuteAsync(context),
        })
        .UseStatusCodePages();

    /// <summary>
    /// A dependency that is expected back: a database that restarts, is out of connections or does not answer, a full disk.
    /// Whether the work was done may be unknown; the same request under the same key finds out.
    /// </summary>
    private static bool IsOutage(Exception failure) => failure switch
    {
        TimeoutException => true,
        // 57P: the database was told to end, crashed, or is still starting; the driver does not count all of these as passing.
        DbException lost => lost.IsTransient || lost.SqlState?.StartsWith("57P", StringComparison.Ordinal) == true,
        IOException { HResult: NoSpaceLeft or QuotaExceeded } => true,
        _ => false,
    };

    private static int StatusOf(Exception failure) => failure switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        _ when IsOutage(failure) => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static IResult Describe(HttpContext context)
    {
        var failure = context.Features.GetRequiredFeature<IExceptionHandlerFeature>().Error;
        if (IsOutage(failure))
        {
            return Problems.Unavailable.With(
                "What this needs is away or full just now.", new Dictionary<string, object?> { [Refusal.RetryAfterSeconds] = RetryAfterSeconds }).ToHttp();
        }

        if (failure is BadHttpRequestException bad)
        {
            return (CallerMistakes.Describe(bad) ?? ByStatus(bad.StatusCode).With(bad.Message)).ToHttp();
        }

        // Anything else may quote what a log or a caller must not see.
        return ByStatus(StatusOf(failure)).With("The failure was recorded under this trace id.").ToHttp();
    }

    private static ProblemType ByStatus(int status) => status switch
    {
        401 => Problems.Unauthenticated,
        403 => Problems.Forbidden,
        404 => Problems.NotFound,
        409 => Problems.Conflict,
        413 => Problems.TooLarge,
        415 => Problems.UnsupportedMediaType,
        429 => Problems.TooManyRequests,
        503 => Problems.Unavailable,
        >= 500 => Problems.Internal,
        // 405 keeps its own status; only the words are shared.
        _ => Problems.InvalidRequest with { Status = status },
    };
}
