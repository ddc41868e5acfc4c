using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Tallystick.Demo.Steps;

/// <summary>
/// A training job streams the shards through the gate in two passes. It is killed in the middle and started again.
/// </summary>
internal static class TrainModel
{
    private const int Passes = 2;
    private const int HeldOut = 2;

    /// <summary>In the second pass, so that the first is complete and the second is not.</summary>
    private const int KillAfterShards = 13;

    /// <summary>Far below what either learner reaches, far above guessing (one in ten).</summary>
    private const int PercentLeast = 70;

    public static async Task Run(World world, CancellationToken stop)
    {
        var outcome = world.Settings.Python is { } python
            ? await WithPython(world, python, stop)
            : await WithoutPython(world, stop);
        var training = world.Shards.Count - HeldOut;
        world.Count(world.Training.LicenceId, outcome.Bytes, (training * Passes) + HeldOut);
        world.Accuracy = string.Create(
            CultureInfo.InvariantCulture, $"{outcome.Right} of {outcome.Of} unseen digits recognised ({100m * outcome.Right / outcome.Of:0.0}%)");
        world.Screen.Check(
            "The model learned from what it was sold", outcome.Right * 100 >= outcome.Of * PercentLeast, world.Accuracy);
    }

    private static async Task<Outcome> WithPython(World world, string python, CancellationToken stop)
    {
        var licence = Path.Combine(world.Settings.Work, "licence.jwt");
        await File.WriteAllTextAsync(licence, world.Training.Token + "\n", stop);
        Screen.Say("demo/train.py with scikit-learn, over plain HTTP with the licence as bearer token");

        var killed = await Job(world, python, licence, KillAfterShards, stop);
        // What it had fetched and not kept yet is fetched again: one shard at most, and no new use.
        world.OnTheWayMost[world.Training.LicenceId] = world.Shards.Max(
            s => new FileInfo(Path.Combine(world.Settings.Work, "digits", s)).Length);
        world.Screen.Check(
            "The training job was killed in the middle", killed is null, $"SIGKILL after {KillAfterShards} shards, in its second pass");
        var result = await Job(world, python, licence, killAfter: null, stop)
            ?? throw new DemoException("The training job ended without a result.");
        return new Outcome(
            result["accuracy_right"]!.GetValue<int>(), result["accuracy_of"]!.GetValue<int>(),
            result["received"]!["bytes"]!.GetValue<long>());
    }

    /// <summary>Runs the job; null when it was killed before its result.</summary>
    private static async Task<JsonObject?> Job(
        World world, string python, string licence, int? killAfter, CancellationToken stop)
    {
        var start = new ProcessStartInfo(python) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[
            Path.Combine(world.Settings.Repository, "demo", "train.py"), "--work", world.WorkAtGate.ToString(),
            "--licence", licence, "--checkpoint", Path.Combine(world.Settings.Work, "model.checkpoint"),
            "--passes", Passes.ToString(CultureInfo.InvariantCulture), "--run", "digits"])
        {
            start.ArgumentList.Add(argument);
        }

        using var job = Process.Start(start) ?? throw new DemoException($"{python} does not start.");
        var errors = job.StandardError.ReadToEndAsync(stop);
        JsonObject? last = null;
        while (await job.StandardOutput.ReadLineAsync(stop) is { } line)
        {
            last = JsonNode.Parse(line) as JsonObject;
            if (last?["resumed_after"] is { } before)
            {
                Screen.Say($"started again: goes on after {before} shards");
            }
            else if (last?["shard"] is { } shard)
            {
                world.Screen.Doing($"training: pass {last["run_pass"]}, {shard}, {last["done"]} of {last["total"]}");
                if (last["done"]!.GetValue<int>() == killAfter)
                {
                    job.Kill();
                }
            }
        }

        await job.WaitForExitAsync(stop);
        if (killAfter is null && job.ExitCode != 0)
        {
            throw new DemoException($"The training job failed: {(await errors).Trim()}");
        }

        return last?.ContainsKey("accuracy_right") == true ? last : null;
    }

    private static async Task<Outcome> WithoutPython(World world, CancellationToken stop)
    {
        Screen.Say("Python with scikit-learn is not on this machine: a simple learner of ours (nearest mean image) instead");
        using var gate = new AtGate(world);
        var learner = new Learner();
        var (bytes, done) = (0L, 0);
        for (var pass = 1; pass <= Passes; pass++)
        {
            foreach (var path in world.Shards.SkipLast(HeldOut))
            {
                var text = await Shard(gate, world, path, $"digits-pass-{pass}", stop);
                // The first answer is thrown away, as by a job that was killed before it could keep it.
                if (++done == KillAfterShards)
                {
                    bytes += text.Length;
                    text = await Shard(gate, world, path, $"digits-pass-{pass}", stop);
                    Screen.Say($"interrupted and resumed: {path} was fetched again within its pass");
                }

                learner.Learn(text);
                bytes += text.Length;
            }
        }

        var (right, of) = (0, 0);
        foreach (var path in world.Shards.TakeLast(HeldOut))
        {
            var text = await Shard(gate, world, path, "digits-test", stop);
            var (good, all) = learner.Test(text);
            (right, of, bytes) = (right + good, of + all, bytes + text.Length);
        }

        // The gate's client has counted these already.
        world.Count(world.Training.LicenceId, -bytes, 0);
        return new Outcome(right, of, bytes);
    }

    private static async Task<string> Shard(AtGate gate, World world, string path, string pass, CancellationToken stop)
    {
        var answer = await gate.Get(world.Training, path, pass, stop);
        return answer.Status == System.Net.HttpStatusCode.OK
            ? answer.Text
            : throw new DemoException($"The gate refused {path}: {answer.Text}");
    }

    private sealed record Outcome(int Right, int Of, long Bytes);
}
