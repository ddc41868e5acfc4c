using System.CommandLine;
using Tallystick.Cli;

return new RootCommand("Tallystick: licences, usage, royalties and payments")
{
    Session.JsonOption,
    VerifyCommand.Create(),
    XrplCommands.Create(),
}.Parse(args).Invoke();
