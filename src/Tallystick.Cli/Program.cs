using System.CommandLine;
using Tallystick.Cli;

return new RootCommand("Tallystick: licences, usage, royalties and payments")
{
    Session.JsonOption,
    VerifyCommand.Create(),
    DoctorCommand.Create(),
    XrplCommands.Create(),
}.Parse(args).Invoke();
