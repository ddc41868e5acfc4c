namespace Tallystick.Xrpl.Client;

/// <summary>Whom to believe.</summary>
public sealed record LedgerClientOptions
{
    /// <summary>The network every node must say it is on (0: main network; a node that names none counts as 0).
    /// A node on another network is never asked for anything.</summary>
    public uint NetworkId { get; init; }

    /// <summary>So many nodes must give the same validated answer. 1 trusts every single node.</summary>
    public int NodesAgreeing { get; init; } = 1;

    /// <summary>A node that failed is asked last for so long.</summary>
    public TimeSpan NodeRest { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pages of one account_tx walk at most.</summary>
    public int PagesMax { get; init; } = 10_000;

    /// <summary>Transactions or objects per page.</summary>
    public int PageSize { get; init; } = 200;

    internal void Validate(int nodes)
    {
        if (nodes < 1) throw new ArgumentException("at least one node");
        if (NodesAgreeing < 1 || NodesAgreeing > nodes)
            throw new ArgumentException($"NodesAgreeing is 1 to {nodes}, the number of nodes");
        if (PagesMax < 1 || PageSize is < 10 or > 400) throw new ArgumentException("PageSize is 10 to 400");
    }
}
