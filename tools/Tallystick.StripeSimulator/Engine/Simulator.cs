using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Admin;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Engine;

/// <summary>What goes back on the wire. <paramref name="OriginalRequest"/> is set when a kept response is repeated.</summary>
internal sealed record Reply(int Status, string Body, string? OriginalRequest = null);

/// <summary>
/// Runs commands one at a time. A command changes memory, is flushed to the journal, and only then answered; a crash
/// between the two loses a change that nobody was told about.
/// </summary>
internal sealed class Simulator : IDisposable
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    readonly Lock gate = new();
    readonly TimeProvider time;
    readonly CommandJournal? journal;
    World world;
    string? broken;

    public Simulator(JournalHeader fresh, string? dataPath, TimeProvider time)
    {
        this.time = time;
        var header = fresh;
        List<Command> commands = [];
        if (dataPath is not null)
            journal = CommandJournal.Open(dataPath, fresh, out header, out commands);
        world = new World(header);
        foreach (var command in commands)
            Apply(command);
    }

    /// <summary>Raised after a command, outside of the lock: there may be new events to deliver.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>Reads the state, after whatever time has made due.</summary>
    public T Read<T>(Func<World, T> read)
    {
        lock (gate)
        {
            CatchUp();
            return read(world);
        }
    }

    public Reply Get(string path, string query, string? account)
    {
        lock (gate)
        {
            CatchUp();
            if (Prepare(Routes.All, "GET", path, query, account, out var prepared) is { } refusal)
                return Answered(refusal);
            var answer = prepared.Operation.Handle(prepared.Call);
            return Answered(Expand(prepared, answer));
        }
    }

    /// <summary>Runs an API request that changes something, or repeats the response kept for its idempotency key.</summary>
    public Reply Post(Command command)
    {
        Reply reply;
        lock (gate)
        {
            CatchUp();
            command = command with { At = Now() };
            // Requests refused before any work are not kept: the same key may be used for the corrected request.
            if (Prepare(Routes.All, command.Method, command.Path, command.Form, command.Account, out var prepared) is { } refusal)
                return Answered(refusal);
            if (command.IdempotencyKey is { } key
                && world.Keys.Find(prepared.Call.Owner, key, command.At) is { } kept)
            {
                return IdempotencyKeys.Refuse(kept, key, command.Path, prepared.Form.Canonical()) is { } reused
                    ? Answered(reused)
                    : new Reply(kept.Status, kept.Body, kept.RequestId);
            }

            reply = Commit(command);
        }

        Changed();
        return reply;
    }

    /// <summary>Runs a command of an admin, of a hosted page or of the webhook sender.</summary>
    public Reply Control(string path, string form)
    {
        Reply reply;
        lock (gate)
        {
            CatchUp();
            if (Prepare(ControlCommands.All, "POST", path, form, null, out _) is { } refusal)
                return Answered(refusal);
            reply = Commit(new Command(Now(), "sim", "POST", path, form));
        }

        Changed();
        return reply;
    }

    /// <summary>Forgets everything, also on the disk.</summary>
    public void Reset(string? seed)
    {
        lock (gate)
        {
            var header = seed is null ? world.Header : world.Header with { Seed = seed };
            journal?.Clear(header);
            world = new World(header) { PublicUrl = world.PublicUrl };
            broken = null;
        }
    }

    public void Dispose() => journal?.Dispose();

    long Now() => Math.Max(world.Now, time.GetUtcNow().ToUnixTimeSeconds() + world.ClockOffset);

    void CatchUp()
    {
        if (broken is not null)
            throw new InvalidOperationException($"The simulated books broke earlier: {broken}");
        var now = Now();
        if (world.IsDue(now))
            Commit(new Command(now, "tick", "", "", ""));
        world.Now = now;
    }

    Reply Commit(Command command)
    {
        try
        {
            var reply = Apply(command);
            journal?.Append(command);
            return reply;
        }
        catch (Exception failure)
        {
            // Memory and journal may differ now. Answering on would show a state that a restart does not have.
            broken = failure.Message;
            throw;
        }
    }

    Reply Apply(Command command)
    {
        world.Now = command.At;
        world.RequestId = command.RequestId;
        world.RequestKey = command.IdempotencyKey;
        world.RunTimers();
        if (command.Kind == "tick")
            return new Reply(200, "");
        var table = command.Kind == "sim" ? ControlCommands.All : Routes.All;
        if (Prepare(table, command.Method, command.Path, command.Form, command.Account, out var prepared) is { } refusal)
            throw new InvalidDataException($"The journal holds a command that is refused: {refusal.Message}");
        var answer = Expand(prepared, prepared.Operation.Handle(prepared.Call));
        Resources.Refunds.RetryPending(world);
        if (command.Fault == "error_stored")
            answer = StripeError.Internal("An unknown error occurred");
        var reply = Answered(answer);
        if (command.IdempotencyKey is { } key)
            world.Keys.Store(prepared.Call.Owner, key, new StoredResponse(
                command.Path, prepared.Form.Canonical(), reply.Status, reply.Body, command.RequestId ?? "", command.At));
        return reply;
    }

    sealed record Prepared(Operation Operation, Call Call, FormNode Form, string[] Expand);

    /// <summary>Everything that is checked before any work: route, encoding, account, parameters, expansions.</summary>
    StripeError? Prepare(
        Operation[] table, string method, string path, string form, string? account, out Prepared prepared)
    {
        prepared = null!;
        if (Routes.Find(table, method, path, out var ids) is not { } operation)
            return StripeError.UnknownRoute(method, path);
        if (!FormNode.TryParse(form, out var root, out var wrong))
            return StripeError.Invalid(wrong);
        var owner = account ?? world.Platform.Id;
        if (Resources.Accounts.Connected(world, owner) is null)
            return Resources.Accounts.Inaccessible(owner);
        if (Validation.Check(root, operation.Schema) is { } refusal)
            return refusal;
        var arguments = new Arguments(root);
        var expand = arguments.Texts("expand");
        if (Expansion.Refuse(operation.Noun, operation.IsList, expand) is { } unexpandable)
            return unexpandable;
        prepared = new Prepared(operation, new Call(world, owner, ids, arguments), root, expand);
        return null;
    }

    Answer Expand(Prepared prepared, Answer answer)
    {
        if (answer is Answer.Object answered)
            Expansion.Apply(world, answered.Json, prepared.Expand);
        return answer;
    }

    static Reply Answered(Answer answer) => new(answer.Status, Text(answer.Body()));

    public static string Text(JsonNode json) => json.ToJsonString(Indented);
}
