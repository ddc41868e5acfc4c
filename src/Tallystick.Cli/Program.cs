using System.CommandLine;
using Tallystick.Cli;

return new RootCommand("Tallystick: licences, usage, royalties and payments")
{
    XrplCommands.Create(),
}.Parse(args).Invoke();
