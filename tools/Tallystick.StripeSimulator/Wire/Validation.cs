using System.Globalization;
using Tallystick.StripeSimulator.Engine;

namespace Tallystick.StripeSimulator.Wire;

/// <summary>Checks decoded parameters against a schema, in the words of the real interface.</summary>
internal static class Validation
{
    /// <summary>The first thing wrong, or null. Unknown names are reported before anything else, all at once.</summary>
    public static StripeError? Check(FormNode root, IReadOnlyList<Parameter> schema)
    {
        var unknown = new List<string>();
        Unknown(root, schema, "", unknown);
        if (unknown.Count > 0)
        {
            var plural = unknown.Count > 1 ? "parameters" : "parameter";
            return StripeError.Invalid(
                $"Received unknown {plural}: {string.Join(", ", unknown)}", unknown[0], "parameter_unknown");
        }

        return Members(root, schema, "");
    }

    static void Unknown(FormNode node, IReadOnlyList<Parameter> schema, string path, List<string> unknown)
    {
        foreach (var (name, child) in node.Children)
        {
            var known = schema.FirstOrDefault(parameter => parameter.Name == name);
            if (known is null)
                unknown.Add(Join(path, name));
            else if (known.Kind == ParameterKind.Object)
                Unknown(child, known.Members, Join(path, name), unknown);
            else if (known.Kind == ParameterKind.List && known.Members[0].Kind == ParameterKind.Object)
                foreach (var (index, item) in child.Children)
                    Unknown(item, known.Members[0].Members, Join(Join(path, name), index), unknown);
        }
    }

    static StripeError? Members(FormNode node, IReadOnlyList<Parameter> schema, string path)
    {
        foreach (var parameter in schema)
        {
            var full = Join(path, parameter.Name);
            if (!node.Children.TryGetValue(parameter.Name, out var child))
            {
                if (parameter.IsRequired)
                    return StripeError.Missing(full);
                continue;
            }

            if (One(child, parameter, full) is { } wrong)
                return wrong;
        }

        return null;
    }

    static StripeError? One(FormNode node, Parameter parameter, string path) => parameter.Kind switch
    {
        ParameterKind.Metadata => Metadata(node, path),
        ParameterKind.Object => node.IsScalar
            ? Empty(node, parameter, path) ?? (node.Value!.Length == 0 ? null : StripeError.Invalid("Invalid object", path))
            : Members(node, parameter.Members, path),
        ParameterKind.List => List(node, parameter, path),
        ParameterKind.Range => Range(node, path),
        _ => Scalar(node, parameter, path),
    };

    static StripeError? List(FormNode node, Parameter parameter, string path)
    {
        if (node.IsScalar)
            return StripeError.Invalid("Invalid array", path);
        if (node.Children.Count > parameter.LengthMax)
            return StripeError.Invalid(
                $"Array {path} exceeded maximum {parameter.LengthMax} allowed elements.", path);
        foreach (var (index, item) in node.Children)
        {
            if (!index.All(char.IsAsciiDigit))
                return StripeError.Invalid("Invalid array", path);
            if (One(item, parameter.Members[0], Join(path, index)) is { } wrong)
                return wrong;
        }

        return null;
    }

    static StripeError? Range(FormNode node, string path)
    {
        if (node.IsScalar)
            return Integer(node.Value!, P.Integer(path, 0), path);
        foreach (var (name, bound) in node.Children)
        {
            if (name is not ("gt" or "gte" or "lt" or "lte"))
                return StripeError.Invalid(
                    $"Received unknown parameter: {Join(path, name)}", Join(path, name), "parameter_unknown");
            if (!bound.IsScalar || Integer(bound.Value!, P.Integer(path, 0), Join(path, name)) is not null)
                return StripeError.Invalid("Invalid integer", Join(path, name), "parameter_invalid_integer");
        }

        return null;
    }

    // Documented limits: 50 keys of 40 characters with values of 500; an empty value deletes its key.
    static StripeError? Metadata(FormNode node, string path)
    {
        if (node.IsScalar)
            return node.Value!.Length == 0 ? null : StripeError.Invalid("Invalid object", path);
        if (node.Children.Count > 50)
            return StripeError.Invalid("You can only specify up to 50 metadata keys.", path);
        foreach (var (name, value) in node.Children)
        {
            if (!value.IsScalar)
                return StripeError.Invalid("Metadata values must be strings.", Join(path, name));
            if (name.Length > 40)
                return StripeError.Invalid("Metadata keys can be up to 40 characters long.", Join(path, name));
            if (value.Value!.Length > 500)
                return StripeError.Invalid(
                    $"Metadata values can have up to 500 characters, but you passed in a value that is "
                    + $"{value.Value.Length} characters.", Join(path, name));
        }

        return null;
    }

    static StripeError? Scalar(FormNode node, Parameter parameter, string path)
    {
        if (!node.IsScalar)
            return StripeError.Invalid($"Invalid {Noun(parameter.Kind)}", path);
        if (Empty(node, parameter, path) is { } empty)
            return empty;
        var value = node.Value!;
        return value.Length == 0 ? null : parameter.Kind switch
        {
            ParameterKind.Integer => Integer(value, parameter, path),
            ParameterKind.Boolean when value is not ("true" or "false") =>
                StripeError.Invalid($"Invalid boolean: {value}", path),
            ParameterKind.Choice when !parameter.Choices.Contains(value) =>
                StripeError.Invalid($"Invalid {path}: must be one of {Listed(parameter.Choices)}", path),
            ParameterKind.Currency => Currencies.Refuse(value, path),
            ParameterKind.Url when !IsUrl(value) => StripeError.Invalid("Not a valid URL", path, "url_invalid"),
            _ when value.Length > parameter.LengthMax => StripeError.Invalid(
                $"Invalid string: {value[..10]}...; must be at most {parameter.LengthMax} characters", path),
            _ => null,
        };
    }

    static StripeError? Empty(FormNode node, Parameter parameter, string path) =>
        node.Value is { Length: 0 } && !parameter.CanUnset
            ? StripeError.Invalid(
                $"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a field; "
                + $"however '{path}' cannot be unset. You should remove '{path}' from your request or supply a "
                + "non-empty value.", path, "parameter_invalid_empty")
            : null;

    static StripeError? Integer(string value, Parameter parameter, string path)
    {
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return StripeError.Invalid($"Invalid integer: {value}", path, "parameter_invalid_integer");
        if (number < parameter.Min)
            return StripeError.Invalid(
                $"This value must be greater than or equal to {parameter.Min}.", path, "parameter_invalid_integer");
        return number > parameter.Max
            ? StripeError.Invalid(
                $"This value must be less than or equal to {parameter.Max}.", path, "parameter_invalid_integer")
            : null;
    }

    // Stripe accepts {CHECKOUT_SESSION_ID} in return addresses: it stands for text that is legal in a URL.
    static bool IsUrl(string value) =>
        Uri.TryCreate(value.Replace("{CHECKOUT_SESSION_ID}", "x", StringComparison.Ordinal), UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);

    static string Noun(ParameterKind kind) => kind switch
    {
        ParameterKind.Integer => "integer",
        ParameterKind.Boolean => "boolean",
        _ => "string",
    };

    static string Listed(string[] choices) =>
        choices.Length == 1 ? choices[0] : $"{string.Join(", ", choices[..^1])}, or {choices[^1]}";

    static string Join(string path, string name) => path.Length == 0 ? name : $"{path}[{name}]";
}
