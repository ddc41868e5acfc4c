using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

public sealed class StopTests
{
    private const int Size = 40_000_000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gate_that_is_to_stop_says_so_first_and_still_delivers()
    {
        await using var gate = await TestGate.Start(settings: new() { ["StopDelaySeconds"] = "300" });
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        using var now = new CancellationTokenSource();

        var stopping = gate.Services.GetRequiredService<IHost>().StopAsync(now.Token);

        await gate.Until(async g => !await g.Ready());
        (await gate.Reasons()).ShouldContain("stopping");
        (await gate.Get("small.bin", token)).Bytes.ShouldBe(gate.World.Content["small.bin"]);
        stopping.IsCompleted.ShouldBeFalse();
        await now.CancelAsync();
        await stopping;
    }

    [Fact]
    public async Task A_delivery_under_way_goes_on_to_its_end_while_nothing_new_is_taken()
    {
        await using var gate = await TestGate.Start([("huge.bin", Size)]);
        var claims = gate.World.Claims(gate.World.Once);
        using var open = await gate.Http.SendAsync(
            gate.World.Get("huge.bin", gate.World.Token(claims)), HttpCompletionOption.ResponseHeadersRead, Stop);

        var stopping = gate.Services.GetRequiredService<IHost>().StopAsync(Stop);

        using var another = new HttpClient { BaseAddress = gate.Http.BaseAddress };
        await gate.Until(async _ => await IsRefused(another));
        (await open.Content.ReadAsByteArrayAsync(Stop)).ShouldBe(gate.World.Content["huge.bin"]);
        await stopping;
        await gate.Stop();
        await gate.Begin();
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(Size);
    }

    [Fact]
    public async Task What_takes_too_long_is_broken_off_and_does_not_look_complete()
    {
        await using var gate = await TestGate.Start([("huge.bin", Size)], new() { ["StopSeconds"] = "0" });
        using var open = await gate.Http.SendAsync(
            gate.World.Get("huge.bin", gate.World.Token(gate.World.Claims(gate.World.Once))), HttpCompletionOption.ResponseHeadersRead, Stop);

        await gate.Services.GetRequiredService<IHost>().StopAsync(Stop);

        await Should.ThrowAsync<HttpRequestException>(() => open.Content.ReadAsByteArrayAsync(Stop));
    }

    private static async Task<bool> IsRefused(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/live", UriKind.Relative), Stop);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
