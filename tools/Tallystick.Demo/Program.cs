using System.Net.Sockets;
using Spectre.Console;
using Tallystick.Client;
using Tallystick.Demo;
using Tallystick.Demo.Steps;

if (args.Except(["--exit"]).Any())
{
    await Console.Error.WriteLineAsync("usage: ./tally demo [--exit]");
    return 64;
}

using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};

var screen = new Screen();
try
{
    var settings = Settings.Read();
    Directory.CreateDirectory(settings.Work);
    using var world = new World(settings, screen);
    (string Title, Func<World, CancellationToken, Task> Run)[] story =
    [
        ("Three creators and two buyers", MeetPeople.Run),
        ("A dataset is published", PublishDigits.Run),
        ("It is offered at three prices, and its creators share", OfferDigits.Run),
        ("Cards pay, licences are granted", PayAndLicense.Run),
        ("A model is trained on it, through the gate", TrainModel.Run),
        ("Things go wrong", MakeTrouble.Run),
        ("Usage is billed and paid out", SettleUp.Run),
        ("The books are checked", CheckBooks.Run),
        ("The proofs are checked", CheckProofs.Run),
    ];
    foreach (var (title, run) in story)
    {
        await screen.Step(title, story.Length, () => run(world, stopping.Token));
    }

    Summary.Write(world, goesOn: !args.Contains("--exit"));
    Summary.WriteVerdict(screen);
    return screen.Failed.Count == 0 ? 0 : 1;
}
catch (Exception failure) when (failure is DemoException or TallyProblemException or HttpRequestException or SocketException or IOException or InvalidDataException)
{
    AnsiConsole.MarkupLineInterpolated($"\n[red]The demo stopped: {failure.Message}[/]");
    if (failure is TallyProblemException { WhatToDo: { } next })
    {
        AnsiConsole.MarkupLineInterpolated($"{next}");
    }

    Summary.WriteStopped(screen);
    return 1;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("Stopped.");
    return 130;
}
