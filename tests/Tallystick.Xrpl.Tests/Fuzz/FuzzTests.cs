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
        });
        var broken = new Fuzzer(faulty, seed: 1).Run(TimeSpan.FromSeconds(30), countMax: 100_000);
        broken.ShouldNotBeNull();
        broken.Value.Input.ShouldBe([0xf9]);
    }

    // ./tally fuzz MINUTES: the time is shared out between the targets, and the seed is new each time.
    [Fact(Explicit = true)]
    public void A_long_fuzz_finds_nothing()
    {
        var minutes = int.Parse(Environment.GetEnvironmentVariable(MinutesVariable) ?? "1", CultureInfo.InvariantCulture);
        foreach (var target in FuzzTarget.All)
        {
            var seed = (int)(TimeProvider.System.GetTimestamp() & int.MaxValue);
            var fuzzer = new Fuzzer(target, seed);
            var broken = fuzzer.Run(TimeSpan.FromMinutes(minutes) / FuzzTarget.All.Count, long.MaxValue);
            output.WriteLine($"{target.Name}: {fuzzer.Tried:N0} inputs, seed {seed}");
            Report(target, broken);
        }
    }

    private static void Report(FuzzTarget target, (byte[] Input, Exception How)? broken)
    {
        if (broken is var (input, how))
        {
            var saved = Fuzzer.Save(target, input);
            Assert.Fail($"{target.Name} breaks on {Convert.ToHexString(input)} (kept in {saved}): {how}");
        }
    }
}
