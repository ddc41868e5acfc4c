using System.Collections.Concurrent;
using System.Globalization;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>One node as the outside sees it: a view of a network's chain, with the faults it was told to have.</summary>
internal sealed class Node(Network network, string name, TimeProvider time)
{
    private readonly ConcurrentDictionary<long, Session> _sessions = new();
    private readonly long _startedAt = time.GetTimestamp();

    public string Name => name;

    public Network Network => network;

    /// <summary>The chain it follows: the network's, or its own after a fork.</summary>
    public Chain Chain { get; set; } = network.Chain;

    public Faults Faults { get; } = new();

    /// <summary>The oldest ledger it holds: the network's, or the newest when it last lost its history.</summary>
    public uint HistoryFrom { get; set; }

    public uint OldestLedger => Math.Max(Chain.Oldest, HistoryFrom);

    public long UptimeSeconds => (long)time.GetElapsedTime(_startedAt).TotalSeconds;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The newest ledger it shows: behind the chain when it lags.</summary>
    public ClosedLedger Validated
    {
        get
        {
            var newest = Chain.Newest;
            return Faults.LagLedgers == 0 ? newest
                : Chain.Find(Math.Max(OldestLedger, newest.Index - Math.Min(newest.Index - 2, Faults.LagLedgers))) ?? newest;
        }
    }

    public string CompleteLedgers
    {
        get
        {
            var (first, last) = (OldestLedger, Validated.Index);
            return first >= last ? last.ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{first}-{last}");
        }
    }

    public bool Holds(uint from, uint to) => from >= OldestLedger && to <= Validated.Index && from <= to;

    /// <summary>A ledger as this node knows it: neither older than its history nor newer than what it shows.</summary>
    public ClosedLedger? Find(uint index) => index >= OldestLedger && index <= Validated.Index ? Chain.Find(index) : null;

    public ClosedTx? FindTransaction(Hash256 hash) =>
        Chain.FindTransaction(hash) is { } tx && Find(tx.LedgerIndex) is not null ? tx : null;

    public void Add(Session session) => _sessions[session.Id] = session;

    public void Remove(Session session) => _sessions.TryRemove(session.Id, out _);

    /// <summary>Closes a ledger: the network's, or its own when it is on a fork.</summary>
    public void CloseLedger()
    {
        if (Chain == network.Chain) network.CloseLedger();
        else Announce(Chain.Close());
    }

    /// <summary>Tells subscribers of a closed ledger.</summary>
    public void Announce(ClosedLedger closed)
    {
        if (Faults.LagLedgers > 0)
        {
            if (Chain.Find(Validated.Index) is not { } shown) return;
            closed = shown;
        }
        foreach (var session in _sessions.Values) session.Announce(this, closed);
    }

    /// <summary>Drops every connection.</summary>
    public void Disconnect()
    {
        foreach (var session in _sessions.Values) session.Abort();
    }

    /// <summary>Comes back after a crash: without the open ledger and the queue; without its history if told so.</summary>
    public void Restart(bool loseHistory)
    {
        Disconnect();
        // What other nodes of the network still hold survives; a node alone loses it.
        if (Chain != network.Chain || network.Nodes.Count == 1) Chain.LoseUnvalidated();
        if (loseHistory) HistoryFrom = Chain.Newest.Index;
    }

    public RpcAnswer Answer(RpcRequest request, string command, Session? session)
    {
        RpcAnswer answer;
        try
        {
            answer = Commands.Run(this, request, command, session);
        }
        catch (Exception e) when (e is not RpcException)
        {
            // A defect of the simulator: said aloud, and answered as rippled answers its own.
            Console.Error.WriteLine($"{command}: {e}");
            throw new RpcException("internal", 73, "Internal error.");
        }
        Faults.Lie(command, answer);
        return answer;
    }
}

/// <summary>A network: one chain and the nodes that follow it.</summary>
internal sealed class Network(NetworkRules rules, TimeProvider time)
{
    private readonly List<Node> _nodes = [];

    public NetworkRules Rules => rules;

    public Chain Chain { get; } = new(rules, time);

    public IReadOnlyList<Node> Nodes => _nodes;

    public Node AddNode(string name)
    {
        var node = new Node(this, name, time);
        _nodes.Add(node);
        return node;
    }

    public ClosedLedger CloseLedger()
    {
        var closed = Chain.Close();
        foreach (var node in _nodes)
            if (node.Chain == Chain) node.Announce(closed);
        return closed;
    }
}
