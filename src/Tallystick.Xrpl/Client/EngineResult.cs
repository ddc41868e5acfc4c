namespace Tallystick.Xrpl.Client;

/// <summary>The six families of transaction results (xrpl.org, "Transaction Results").</summary>
public enum EngineResultClass
{
    /// <summary><c>tes</c>: applied. Final only in a validated ledger.</summary>
    Success,

    /// <summary><c>tec</c>: only the fee was taken. Final only in a validated ledger.</summary>
    Claimed,

    /// <summary><c>ter</c>: may apply later; the node may hold or queue it.</summary>
    Retry,

    /// <summary><c>tel</c>: this node did not take it now.</summary>
    Local,

    /// <summary><c>tef</c>: cannot apply to this ledger; says nothing about earlier ones.</summary>
    Failure,

    /// <summary><c>tem</c>: malformed: no ledger with these rules can apply it.</summary>
    Malformed,

    /// <summary>A name that this version does not know; treated as an unknown outcome.</summary>
    Unknown,
}

/// <summary>A transaction result by its name, for example <c>tesSUCCESS</c>. Names, unlike codes, never change.</summary>
/// <param name="Name">The name as the node gave it.</param>
public readonly record struct EngineResult(string Name)
{
    /// <summary>Applied.</summary>
    public static readonly EngineResult Success = new("tesSUCCESS");

    /// <summary>The family, by the first three letters.</summary>
    public EngineResultClass Class => Name is { Length: > 3 }
        ? Name.AsSpan(0, 3) switch
        {
            "tes" => EngineResultClass.Success,
            "tec" => EngineResultClass.Claimed,
            "ter" => EngineResultClass.Retry,
            "tel" => EngineResultClass.Local,
            "tef" => EngineResultClass.Failure,
            "tem" => EngineResultClass.Malformed,
            _ => EngineResultClass.Unknown,
        }
        : EngineResultClass.Unknown;

    /// <inheritdoc/>
    public override string ToString() => Name ?? "";
}
