using System.Globalization;

namespace Tallystick.Xrpl.Tests.Fuzz;

public sealed class FuzzTests(ITestOutputHelper output)
{
    private const string MinutesVariable = "TALLY_FUZZ_MINUTES";

    public static TheoryData<string> Targets => [.. FuzzTarget.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Saved_and_changed_inputs_break_nothing(string name)
    {
        var target = FuzzTarget.All.Single(target => target.Name == name);
        var fuzzer = new Fuzzer(target, seed: 1);
        Report(target, fuzzer.Run(TimeSpan.FromSeconds(1.5), countMax: 20_000));
        fuzzer.Tried.ShouldBeGreaterThan(20);
    }

    [Fact]
    public void A_planted_fault_is_found_and_made_small()
    {
        var faulty = new FuzzTarget("address", input =>
        {
            if (input.Contains((byte)0xf9))
            {
                throw new InvalidOperationException("planted");
            }

            return "";
        });
        var broken = new Fuzzer(faulty, seed: 1).Run(TimeSpan.FromSeconds(30), countMax: 100_000);
        broken.ShouldNotBeNull();
        broken.Value.Input.ShouldBe([0xf9]);
    }

    // ./tally fuzz MINUTES: the time is shared out between the targets, and the seed is new each time. A find in one
    // target does not keep the others from their share.
    [Fact(Explicit = true)]
    public void A_long_fuzz_finds_nothing()
    {
        var minutes = int.Parse(Environment.GetEnvironmentVariable(MinutesVariable) ?? "1", CultureInfo.InvariantCulture);
        var (tried, finds) = (0L, new List<string>());
        foreach (var target in FuzzTarget.All)
        {
            var seed = (int)(TimeProvider.System.GetTimestamp() & int.MaxValue);
            var fuzzer = new Fuzzer(target, seed);
            var broken = fuzzer.Run(TimeSpan.FromMinutes(minutes) / FuzzTarget.All.Count, long.MaxValue);
            tried += fuzzer.Tried;
            KeepNew(target, fuzzer);
            output.WriteLine($"{target.Name}: {fuzzer.Tried:N0} inputs, {fuzzer.Kept.Count} of them with a new outcome, seed {seed}");
            if (Describe(target, broken) is { } find)
            {
                output.WriteLine(find);
                finds.Add(find);
            }
        }

        output.WriteLine($"fuzz: {tried:N0} inputs in {minutes} minutes, {(finds.Count == 0 ? "nothing" : $"{finds.Count} breaks")} found");
        finds.ShouldBeEmpty();
    }

    // The folder of a build, not the source tree: what is worth keeping for good is chosen by a person.
    private static void KeepNew(FuzzTarget target, Fuzzer fuzzer)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Fuzz", "New", target.Name);
        Directory.CreateDirectory(folder);
        foreach (var (number, input) in fuzzer.Kept.Index())
        {
            File.WriteAllBytes(Path.Combine(folder, $"{number:D4}.bin"), input);
        }
    }

    private static void Report(FuzzTarget target, (byte[] Input, Exception How)? broken)
    {
        if (Describe(target, broken) is { } find)
        {
            Assert.Fail(find);
        }
    }

    private static string? Describe(FuzzTarget target, (byte[] Input, Exception How)? broken) =>
        broken is var (input, how)
            ? $"{target.Name} breaks on {Convert.ToHexString(input)} (kept in {Fuzzer.Save(target, input)}): {how}"
            : null;
}
