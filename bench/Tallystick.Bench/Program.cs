using System.Globalization;
using System.Text.Json;
using Tallystick.Bench;

// Runs the suites whose figures match the filter and prints each figure beside its baseline. Timings never fail: only
// a suite that cannot run does.
BenchSuite[] suites =
[
    CryptoBench.Suite,
    XrplBench.Suite,
    LedgerSimulatorBench.Suite,
    GateBench.Suite,
    SmallFilesBench.Suite,
    LicenceBench.Suite,
    IngestBench.Suite,
    EventBench.Suite,
    BillingBench.Suite,
    GrowthBench.Suite,
    ReceiptBench.Suite,
    MemoryBench.Suite,
    TransferBench.Publish,
    TransferBench.Pull,
];

if (args is [BareKestrel.Flag, var file])
{
    await BareKestrel.Serve(file);
    return 0;
}

var (jsonFile, filter) = (default(string), "");
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--json" when i + 1 < args.Length:
            jsonFile = args[++i];
            break;
        case ['-', ..]:
            await Console.Error.WriteLineAsync("usage: ./tally bench [--json FILE] [FILTER]");
            return 64;
        default:
            filter = args[i];
            break;
    }
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

var chosen = suites.Where(s => s.Names.Any(n => n.Contains(filter, StringComparison.OrdinalIgnoreCase))).ToList();
if (chosen.Count == 0)
{
    await Console.Error.WriteLineAsync(
        $"No figure is named like '{filter}'. There are: {string.Join(", ", suites.SelectMany(s => s.Names))}");
    return 64;
}

var (results, failed) = (new List<BenchResult>(), false);
foreach (var suite in chosen)
{
    try
    {
        var measured = await suite.Run(Console.Error, stop.Token);
        results.AddRange(measured);
        foreach (var result in measured)
        {
            Console.WriteLine(Line(result));
        }
    }
    catch (Exception failure) when (!stop.IsCancellationRequested)
    {
        failed = true;
        await Console.Error.WriteLineAsync($"{string.Join(", ", suite.Names)}: not measured: {failure.Message}");
    }
}

if (jsonFile is not null)
{
    var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true };
    await File.WriteAllTextAsync(jsonFile, JsonSerializer.Serialize(results, options), stop.Token);
}

return failed ? 1 : 0;

static string Line(BenchResult result)
{
    var ratio = result.Ratio is { } r ? string.Create(CultureInfo.InvariantCulture, $"{r:0.00} x {result.Baseline}") : "-";
    return string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Name,-32} {result.Value,14:0.###} {result.Unit,-12} {ratio,-40} {result.Conditions}");
}
