using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;

namespace Tallystick.Server.Foundation;

/// <summary>The document at <c>/openapi/v1.json</c>: what no single route has to say of itself.</summary>
internal static class DescribeApi
{
    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddSingleton<ApiDocument>().AddOpenApi(
        options => options.AddOperationTransformer((operation, context, _) =>
        {
            // A route that takes GET and HEAD has one name; operations need one each.
            if (context.Description.HttpMethod == HttpMethods.Head && operation.OperationId?.StartsWith("Get", StringComparison.Ordinal) == true)
            {
                operation.OperationId = "Head" + operation.OperationId[3..];
            }

            if (operation.Parameters is { Count: > 0 } || operation.RequestBody is not null)
            {
                Refuses(operation, StatusCodes.Status400BadRequest, "Bad Request");
            }

            // Who changes something spends from a budget.
            if (context.Description.HttpMethod != HttpMethods.Get && context.Description.HttpMethod != HttpMethods.Head)
            {
                Refuses(operation, StatusCodes.Status429TooManyRequests, "Too Many Requests");
            }

            // The policies of routes refuse before a route is reached.
            if (!context.Description.ActionDescriptor.EndpointMetadata.OfType<IAllowAnonymous>().Any())
            {
                Refuses(operation, StatusCodes.Status401Unauthorized, "Unauthorized");
                Refuses(operation, StatusCodes.Status403Forbidden, "Forbidden");
            }

            return Task.CompletedTask;
        }));

    private static void Refuses(OpenApiOperation operation, int status, string description) =>
        (operation.Responses ??= []).TryAdd($"{status}", new OpenApiResponse
        {
            Description = description,
            Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() },
        });
}
