using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Tallystick.Server.Foundation;

/// <summary>The document at <c>/openapi/v1.json</c>: what no single route has to say of itself.</summary>
internal static class DescribeApi
{
    private const string ApiKey = "api_key";
    private const string Session = "session";
    private const string Gate = "gate_secret";

    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddSingleton<ApiDocument>().AddOpenApi(options =>
    {
        options.CreateSchemaReferenceId = SchemaName;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.AddComponent(ApiKey, Bearer("An organisation's API key (tsk_…), made at /v1/api-keys; a key opens what its scopes name."));
            document.AddComponent(Gate, Bearer("A gate's secret (tgk_…), shown once when the gate is registered."));
            document.AddComponent(Session, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Cookie,
                Name = Caller.SessionCookie,
                Description = "A signed-in person's browser, from this server's own pages only.",
            });
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context);
            return Task.CompletedTask;
        });
    });

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var (method, said) = (context.Description.HttpMethod, context.Description.ActionDescriptor.EndpointMetadata);

        // A route that takes GET and HEAD has one name; operations need one each.
        if (method == HttpMethods.Head && operation.OperationId?.StartsWith("Get", StringComparison.Ordinal) == true)
        {
            operation.OperationId = "Head" + operation.OperationId[3..];
        }

        if (said.OfType<IdempotencyKey.Needed>().Any())
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = IdempotencyKey.Header,
                In = ParameterLocation.Header,
                Required = true,
                Description = "New for every new attempt; the same request under the same key is done once.",
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdempotencyKey.LengthMost, Pattern = "^[!-~]+$",
                },
            });
        }

        if (operation.Parameters is { Count: > 0 } || operation.RequestBody is not null)
        {
            Refuses(operation, StatusCodes.Status400BadRequest, "Bad Request");
        }

        // Who changes something spends from a budget.
        if (method != HttpMethods.Get && method != HttpMethods.Head)
        {
            Refuses(operation, StatusCodes.Status429TooManyRequests, "Too Many Requests");
        }

        // The policies of routes refuse before a route is reached.
        if (!said.OfType<IAllowAnonymous>().Any())
        {
            Refuses(operation, StatusCodes.Status401Unauthorized, "Unauthorized");
            Refuses(operation, StatusCodes.Status403Forbidden, "Forbidden");
            var scopes = said.OfType<ScopeNeeded>().Select(needed => needed.Scope).ToList();
            operation.Security = said.OfType<IAuthorizeData>().Any(data => data.Policy == GateCaller.Policy)
                ? [Shown(Gate, [])]
                : [Shown(ApiKey, scopes), Shown(Session, [])];
        }

        OpenApiSecurityRequirement Shown(string scheme, List<string> scopes) =>
            new() { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = scopes };
    }

    /// <summary>
    /// Routes name what they take and answer alike (<c>Request</c>, <c>View</c>), each inside its own type: without that type's
    /// name they would all be the first of them.
    /// </summary>
    private static string? SchemaName(JsonTypeInfo type) =>
        OpenApiOptions.CreateDefaultSchemaReferenceId(type) is null ? null : NameOf(Nullable.GetUnderlyingType(type.Type) ?? type.Type);

    private static string NameOf(Type type)
    {
        var own = type.Name.Split('`')[0];
        var name = type.DeclaringType is { } outer ? NameOf(outer) + own : own;
        return type.IsGenericType ? $"{name}Of{string.Join("And", type.GetGenericArguments().Select(NameOf))}" : name;
    }

    private static OpenApiSecurityScheme Bearer(string description) =>
        new() { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = description };

    private static void Refuses(OpenApiOperation operation, int status, string description) =>
        (operation.Responses ??= []).TryAdd($"{status}", new OpenApiResponse
        {
            Description = description,
            Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() },
        });
}
