using System.Text.Json.Nodes;

namespace Tallystick.StripeSimulator.Wire;

/// <summary>A refusal as the wire carries it: HTTP status and the fields of <c>error</c>.</summary>
internal sealed record StripeError(int Status, string Type, string? Code, string? Param, string Message)
{
    public JsonObject ToJson()
    {
        var error = new JsonObject();
        if (Code is not null)
        {
            error["code"] = Code;
            error["doc_url"] = $"https://stripe.com/docs/error-codes/{Code.Replace('_', '-')}";
        }

        error["message"] = Message;
        if (Param is not null)
            error["param"] = Param;
        error["type"] = Type;
        return new JsonObject { ["error"] = error };
    }

    public static StripeError Invalid(string message, string? param = null, string? code = null) =>
        new(400, "invalid_request_error", code, param, message);

    public static StripeError NoSuch(string noun, string id, string? param = "id", int status = 404) =>
        new(status, "invalid_request_error", "resource_missing", param, $"No such {noun}: '{id}'");

    public static StripeError Missing(string param) =>
        Invalid($"Missing required param: {param}.", param, "parameter_missing");

    public static StripeError UnknownRoute(string method, string path) =>
        new(404, "invalid_request_error", null, null,
            $"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs "
            + "or we can help at https://support.stripe.com/.");

    public static StripeError Unauthorized(string message, string? code = null) =>
        new(401, "invalid_request_error", code, null, message);

    public static StripeError Internal(string message) => new(500, "api_error", null, null, message);
}

/// <summary>What a handler answers: an object, or a refusal. Nothing else.</summary>
internal abstract record Answer
{
    private Answer()
    {
    }

    internal sealed record Object(JsonObject Json) : Answer;

    internal sealed record Refused(StripeError Error) : Answer;

    public static implicit operator Answer(JsonObject json) => new Object(json);

    public static implicit operator Answer(StripeError error) => new Refused(error);

    public int Status => this is Refused refused ? refused.Error.Status : 200;

    public JsonObject Body() => this switch
    {
        Object answered => answered.Json,
        Refused refused => refused.Error.ToJson(),
        _ => throw new InvalidOperationException("An answer is an object or a refusal."),
    };
}
