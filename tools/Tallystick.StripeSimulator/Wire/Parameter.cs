namespace Tallystick.StripeSimulator.Wire;

internal enum ParameterKind
{
    Text,
    Integer,
    Boolean,
    Choice,
    Currency,
    Url,
    Metadata,
    Object,
    List,
    Range,
}

/// <summary>One accepted parameter as data. Endpoints are tables of these; the checks live in <see cref="Validation"/>.</summary>
internal sealed record Parameter(string Name, ParameterKind Kind)
{
    public bool IsRequired { get; init; }

    /// <summary>Longest text in characters, or most items of a list.</summary>
    public int LengthMax { get; init; } = 5000;

    public long Min { get; init; } = long.MinValue;

    public long Max { get; init; } = long.MaxValue;

    public string[] Choices { get; init; } = [];

    /// <summary>Members of an object; the single member type of a list.</summary>
    public Parameter[] Members { get; init; } = [];

    /// <summary>An empty string clears the field instead of being refused.</summary>
    public bool CanUnset { get; init; }

    public Parameter Required() => this with { IsRequired = true };

    public Parameter Unsettable() => this with { CanUnset = true };
}

/// <summary>Short constructors, so that a schema reads as a table.</summary>
internal static class P
{
    // Eight digits: the largest amount that the real interface takes in most currencies.
    public const long AmountMax = 99_999_999;

    public static readonly Parameter Expand = List("expand", Text("item", 200), 20);

    /// <summary>The parameters that every list takes.</summary>
    public static readonly Parameter[] Paging =
        [Integer("limit", 1, 100), Text("starting_after", 255), Text("ending_before", 255), Expand];

    public static readonly Parameter Created = new("created", ParameterKind.Range);

    public static Parameter Text(string name, int lengthMax = 5000) =>
        new(name, ParameterKind.Text) { LengthMax = lengthMax };

    public static Parameter Integer(string name, long min, long max = long.MaxValue) =>
        new(name, ParameterKind.Integer) { Min = min, Max = max };

    public static Parameter Amount(string name = "amount", long min = 1) => Integer(name, min, AmountMax);

    public static Parameter Boolean(string name) => new(name, ParameterKind.Boolean);

    public static Parameter Choice(string name, params string[] choices) =>
        new(name, ParameterKind.Choice) { Choices = choices };

    public static Parameter Currency(string name = "currency") => new(name, ParameterKind.Currency);

    public static Parameter Url(string name) => new(name, ParameterKind.Url);

    public static Parameter Metadata(string name = "metadata") => new(name, ParameterKind.Metadata);

    public static Parameter Object(string name, params Parameter[] members) =>
        new(name, ParameterKind.Object) { Members = members };

    public static Parameter List(string name, Parameter item, int itemsMax = 100) =>
        new(name, ParameterKind.List) { Members = [item], LengthMax = itemsMax };
}
