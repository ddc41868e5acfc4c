using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>A kind of thing that can be set aside: registered by the module that sets it aside, shown to the operator.</summary>
/// <param name="Name">Stable, it is stored: <c>module.what_is_wrong</c>.</param>
/// <param name="Title">What happened, the same for every row.</param>
/// <param name="WhatToDo">What the operator finds out and does.</param>
/// <param name="Actions">What the operator can choose. None: such a row is resolved by the server when its cause has gone.</param>
internal sealed record SetAsideKind(string Name, string Title, string WhatToDo, IReadOnlyList<SetAsideAction> Actions);

/// <summary>One way to end what was set aside.</summary>
/// <param name="Name">Last part of the address: <c>accept</c>.</param>
/// <param name="Title">What the button says.</param>
/// <param name="Run">
/// Does it, in the transaction that marks the row resolved. A refusal undoes whatever it wrote and leaves the row open.
/// </param>
/// <param name="LeavesOpen">
/// It only has somebody look again, later: the row stays open, and is resolved by the server when its cause has gone.
/// </param>
internal sealed record SetAsideAction(
    string Name, string Title, Func<IServiceProvider, Tx, SetAsideRow, CancellationToken, Task<Refusal?>> Run, bool LeavesOpen = false)
{
    /// <summary>For what was put right elsewhere, or needs nothing: the row is marked resolved and nothing else happens.</summary>
    public static SetAsideAction Dismiss(string title = "It is dealt with") =>
        new("dismiss", title, (_, _, _, _) => Task.FromResult<Refusal?>(null));
}

/// <summary>The kinds that this server knows.</summary>
internal sealed class SetAsideKinds(IEnumerable<SetAsideKind> kinds)
{
    private readonly Dictionary<string, SetAsideKind> _byName = kinds.ToDictionary(k => k.Name, StringComparer.Ordinal);

    public IReadOnlyCollection<SetAsideKind> All => _byName.Values;

    public bool Knows(string name) => _byName.ContainsKey(name);

    /// <summary>A row may be older than this server and of a kind that it does not have any more: it can still be ended.</summary>
    public SetAsideKind Of(string name) => _byName.GetValueOrDefault(name) ?? new(
        name, "Set aside by another version of this server.", "Read the reason and the detail, then dismiss it.", [SetAsideAction.Dismiss()]);
}

internal static class SetAsideRegistration
{
    public static IServiceCollection AddSetAsideKind(this IServiceCollection services, SetAsideKind kind) =>
        services.AddSingleton(kind);
}
