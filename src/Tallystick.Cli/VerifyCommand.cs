using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Client;
using Tallystick.Core.Transparency;

namespace Tallystick.Cli;

/// <summary>
/// <c>tally verify FILE</c>: checks a receipt against the log's key, which comes from <c>--key</c> or was pinned when it was
/// used the first time, and its checkpoint against the newest one seen of that log. The log itself is asked only when the two
/// are of different sizes and must be joined.
/// </summary>
internal static class VerifyCommand
{
    /// <summary>For eyes, not for a browser: letters stay letters, control characters are still escaped.</summary>
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "A receipt or usage receipt (JSON)." };
        var key = new Option<string?>("--key")
        {
            Description = "The log's verifier key (name+hash+base64), or a file that holds it; see GET /log/key. " +
                "Pinned for this log when it is used the first time.",
        };
        var witnesses = new Option<string[]>("--witness")
        {
            Description = "Verifier key of a witness, or a file that holds it; its cosignature must be there. Repeatable.",
        };
        var log = Define.Option<string?>("--log", "Where the log is served (default: the server's address and /log).");
        var offline = Define.Option<bool>(
            "--offline", "Ask nobody: whether the log continues what was seen of it before may then stay unproven.");
        return Define.Command(
            "verify", "Check what a receipt proves, and that its log has only grown since you saw it last; exit code 1 when it proves nothing.",
            "tally log key > log.vkey && tally verify receipt.json --key log.vkey", [file, key, witnesses, log, offline], async call =>
        {
            var (parsed, output, stop) = call;
            var path = parsed.GetValue(file)!;
            if (!path.Exists)
            {
                throw new CommandException($"There is no file {path}.");
            }

            if (path.Length > ReceiptVerifier.FileBytesMax)
            {
                throw new CommandException($"{path} is too large for a receipt.");
            }

            var bytes = await File.ReadAllBytesAsync(path.FullName, stop);
            var (result, signed) = Verify(
                bytes,
                parsed.GetValue(key) is { } text ? ReadKey(text) : null,
                [.. (parsed.GetValue(witnesses) ?? []).Select(ReadKey)],
                new PinnedKeys(Path.Combine(Session.Home(), "log-keys")));
            if (signed is { } shown)
            {
                using var at = call.Get(offline) ? null : new PublicLog(Session.Log(parsed, call.Get(log)));
                Add(result, await new LogContinuity(SeenCheckpoints.OfThisPerson(), at).Of(shown.Key, shown.Checkpoint, stop));
            }

            output.Result(result, Tell);
            return result["valid"]!.GetValue<bool>() ? 0 : 1;
        });
    }

    /// <summary>What the log's history says about the receipt.</summary>
    private static void Add(JsonObject result, Continuity found)
    {
        result["checks"]!.AsArray().Add(new JsonObject { ["name"] = "continuity", ["passed"] = found.Holds, ["detail"] = found.Detail });
        result["continuity"] = found.Relation;
        if (!found.Holds)
        {
            result["valid"] = false;
            result["evidence"] = found.Evidence;
            result["what_to_do"] = Continuity.WhatToDo;
        }
    }

    /// <summary>The result for machines; <see cref="Tell"/> says the same to people.</summary>
    /// <returns>And the checkpoint to remember, when all checks held.</returns>
    private static (JsonObject Result, (VerifierKey Key, SignedCheckpoint Checkpoint)? Signed) Verify(
        byte[] file, VerifierKey? given, IReadOnlyList<VerifierKey> witnesses, PinnedKeys pins)
    {
        if (ReceiptVerifier.ClaimedOrigin(file) is not { } origin)
        {
            // Read once more for the reason; any key will do.
            var anyKey = new VerifierKey("none", NoteKeyType.Ed25519, new byte[32]);
            return (Describe(ReceiptVerifier.Verify(file, anyKey), []), null);
        }

        var pinned = pins.Find(given?.Name ?? origin);
        var key = given ?? pinned ?? throw new CommandException(
            $"No key of the log '{origin}' is known. Get it from the log's operator (GET /log/key) and pass it " +
            "with --key; it is remembered.");
        var checks = new List<ReceiptCheck>();
        if (given is not null && pinned is not null && !pinned.Equals(given))
        {
            checks.Add(new ReceiptCheck(
                "pinned_key", false, $"The key given is not the one that was used before, in {pins.FileOf(given.Name)}."));
        }

        var verdict = ReceiptVerifier.Verify(file, key, witnesses);
        if (verdict is ReceiptVerdict.Valid valid)
        {
            checks.AddRange(witnesses.Where(w => !valid.Facts.Signers.Contains(w.Name)).Select(
                w => new ReceiptCheck("witness", false, $"The witness {w.Name} has not cosigned this checkpoint.")));
            if (pinned is null)
            {
                pins.Pin(key);
            }
        }

        var result = Describe(verdict, checks);
        return (result, result["valid"]!.GetValue<bool>() && verdict is ReceiptVerdict.Valid { Facts.Checkpoint: var note } &&
            SignedCheckpoint.Read(note, key) is { } shown ? (key, shown) : null);
    }

    private static JsonObject Describe(ReceiptVerdict verdict, IReadOnlyList<ReceiptCheck> more)
    {
        var (checks, facts) = verdict switch
        {
            ReceiptVerdict.Valid valid => (valid.Checks, valid.Facts),
            ReceiptVerdict.Invalid invalid => (invalid.Checks, null),
            ReceiptVerdict.Unreadable unreadable =>
                ([new ReceiptCheck("format", false, unreadable.Reason)], (ReceiptFacts?)null),
            _ => throw new InvalidOperationException("The verdicts are closed."),
        };
        IReadOnlyList<ReceiptCheck> all = [.. checks, .. more];
        var result = new JsonObject
        {
            ["valid"] = facts is not null && all.All(check => check.Passed),
            ["checks"] = new JsonArray([.. all.Select(check => new JsonObject
            {
                ["name"] = check.Name, ["passed"] = check.Passed, ["detail"] = check.Detail,
            })]),
        };
        if (result["valid"]!.GetValue<bool>())
        {
            result["format"] = facts!.Format;
            result["kind"] = facts.Kind.Name();
            result["origin"] = facts.Origin;
            result["index"] = facts.Index;
            result["size"] = facts.Size;
            result["signers"] = new JsonArray([.. facts.Signers.Select(name => JsonValue.Create(name))]);
            result["content"] = facts.Content.DeepClone();
            result["seal"] = facts.SealOpening?.DeepClone();
        }

        return result;
    }

    private static void Tell(JsonObject result)
    {
        foreach (var check in result["checks"]!.AsArray())
        {
            Console.WriteLine($"{(check!["passed"]!.GetValue<bool>() ? "ok   " : "WRONG")}  {check["name"],-11}  {check["detail"]}");
        }

        if (!result["valid"]!.GetValue<bool>())
        {
            Console.WriteLine("\nThis file proves nothing.");
            if (result["evidence"] is { } evidence)
            {
                Console.WriteLine($"\n{result["what_to_do"]}\nBoth checkpoints are kept in {evidence}");
            }

            return;
        }

        Console.WriteLine($"\nThe log {result["origin"]} holds, as entry {result["index"]}, the {result["kind"]} of:");
        Console.WriteLine((result["seal"] ?? result["content"])!.ToJsonString(Indented));
        if (result["seal"] is not null)
        {
            Console.WriteLine("\nand this seal counts the event:");
            Console.WriteLine(result["content"]!.ToJsonString(Indented));
        }
    }

    private static VerifierKey ReadKey(string keyOrFile)
    {
        var text = File.Exists(keyOrFile) ? File.ReadAllText(keyOrFile).Trim() : keyOrFile;
        return VerifierKey.TryParse(text, out var key)
            ? key
            : throw new CommandException($"'{keyOrFile}' is neither a verifier key (name+hash+base64) nor a file with one.");
    }
}
