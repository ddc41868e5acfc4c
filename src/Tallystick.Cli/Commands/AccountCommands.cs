using System.CommandLine;
using Spectre.Console;
using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Cli.Commands;

/// <summary>Who one is: <c>sign-up</c>, <c>login</c>, <c>whoami</c>, <c>keys</c>, <c>reset-password</c>, <c>close-account</c>.</summary>
internal static class AccountCommands
{
    private const string DefaultProfile = "default";

    public static Command SignUp()
    {
        var name = Define.Option<string>("--name", "Name of the organisation.", required: true);
        var email = Define.Option<string>("--email", "E-mail address to sign in with.", required: true);
        var roles = Define.Many("--role", "creator, buyer, or both by repeating it (default: both).");
        var (saveAs, gate) = (SaveAs(), Gate());
        return Define.Command(
            "sign-up", "Sign an organisation up and save its API key as a profile.\n" +
                "The password is asked for, or taken from TALLY_PASSWORD.",
            "tally sign-up --name 'Digits Lab' --email lab@example.org --role creator --save-as lab",
            [name, email, roles, saveAs, gate],
            async call =>
            {
                var profile = call.Get(saveAs) ?? DefaultProfile;
                Session.RequireFree(profile);
                var address = Session.Address(call.Parsed);
                using var tally = new TallyClient(address, apiKey: null);
                var made = await tally.SignUp(
                    call.Get(name)!, call.Get(email)!, Secret("TALLY_PASSWORD", "Password"),
                    call.Get(roles) is { Length: > 0 } given ? given : ["creator", "buyer"], call.Stop);
                Session.Save(profile, new(address.ToString(), made.ApiKey, GateOf(call, gate)));
                call.Output.Result(made, m =>
                {
                    Console.WriteLine($"Signed up as {m.OrganisationId}.");
                    Console.WriteLine($"The API key is saved as profile '{profile}': add --as {profile} to any command.");
                });
                return 0;
            });
    }

    public static Command Login()
    {
        var (saveAs, gate) = (SaveAs(), Gate());
        return Define.Command(
            "login", "Save an API key as a profile, after trying it. It is asked for, or taken from TALLY_API_KEY.",
            "tally login --save-as lab",
            [saveAs, gate],
            async call =>
            {
                var profile = call.Get(saveAs) ?? DefaultProfile;
                var address = Session.Address(call.Parsed);
                var key = Secret("TALLY_API_KEY", "API key");
                using var tally = new TallyClient(address, key);
                var me = await tally.Me(call.Stop);
                Session.Save(profile, new(address.ToString(), key, GateOf(call, gate)));
                call.Output.Result(me, m => Console.WriteLine($"Saved as profile '{profile}': {m.Name} ({m.OrganisationId})."));
                return 0;
            });
    }

    public static Command WhoAmI() => Define.Command(
        "whoami", "Which organisation these credentials belong to and what they may do.", "tally whoami --as lab", [],
        async call =>
        {
            using var tally = call.Open();
            call.Output.Result(await tally.Me(call.Stop), m =>
            {
                Console.WriteLine($"{m.Name} ({m.OrganisationId}), {string.Join(" and ", m.Roles)}, on {tally.Server}");
                Console.WriteLine($"may: {string.Join(", ", m.Scopes)}");
            });
            return 0;
        });

    public static Command Keys() => Define.Group(
        "keys", "API keys of the organisation: list, create, revoke.", ListKeys(), CreateKey(), RevokeKey());

    public static Command ResetPassword()
    {
        var email = Define.Argument("EMAIL", "The address that the person signs in with.");
        return Define.Command(
            "reset-password", "Make a link with which a person who forgot the password sets a new one (operators only).",
            "tally reset-password lab@example.org", [email],
            async call =>
            {
                using var tally = call.Open();
                call.Output.Result(await tally.MakePasswordReset(call.Get(email), call.Stop), made =>
                {
                    Console.WriteLine(made.Url);
                    Console.WriteLine($"Works once, until {Call.Time(made.ExpiresAt)}. Whoever has it can take the account over:");
                    Console.WriteLine("be sure whom you give it to. It is not shown again; making another ends this one.");
                });
                return 0;
            });
    }

    public static Command CloseAccount()
    {
        var name = Define.Argument("NAME", "The organisation's name exactly as 'tally whoami' shows it, to confirm.");
        return Define.Command(
            "close-account", "Close the organisation's account for good. Offers are withdrawn, keys and sessions end; licences that\n" +
                "were sold stay valid, and what you are owed is paid whatever the minimum. The wallet has to be empty.",
            "tally close-account 'Digits Lab'", [name],
            async call =>
            {
                using var tally = call.Open();
                call.Output.Result(await tally.CloseOrganisation(call.Get(name), call.Stop), closed =>
                {
                    Console.WriteLine($"The account of {closed.Name} ({closed.OrganisationId}) is closed. This API key has ended.");
                    if (closed.Debts.Count > 0)
                    {
                        Console.WriteLine($"It still owes {string.Join(", ", closed.Debts)}.");
                    }
                });
                return 0;
            });
    }

    private static Command ListKeys() => ListCommand.Create(
        ("list", "List API keys, newest first.", "tally keys list"), [],
        (_, tally, after, stop) => tally.ApiKeys(after, stop),
        new Columns<ApiKeyEntry>(
            ["key", "name", "scopes", "expires", "revoked", "last used"],
            k => [
                k.ApiKeyId.ToString(), k.Name, string.Join(' ', k.Scopes), Call.Time(k.ExpiresAt), Call.Time(k.RevokedAt),
                k.LastUsedOn ?? ""],
            "There are no keys."));

    private static Command CreateKey()
    {
        var name = Define.Argument("NAME", "What it is for.");
        var scopes = Define.Many("--scope", "What it may do; repeat for more (see 'tally whoami').", required: true);
        var expires = Define.Option<string?>("--expires", "When it ends by itself, UTC.");
        return Define.Command(
            "create", "Make an API key. Its secret is shown this once.",
            "tally keys create training-cluster --scope licences:read --expires 2027-01-01",
            [name, scopes, expires],
            async call =>
            {
                using var tally = call.Open();
                var made = await tally.CreateApiKey(
                    call.Get(name), call.Get(scopes)!, call.Get(expires) is { } at ? Call.Instant(at) : null, call.Stop);
                call.Output.Result(made, m => Console.WriteLine($"{m.ApiKeyId}\n{m.ApiKey}"));
                return 0;
            });
    }

    private static Command RevokeKey()
    {
        var key = Define.Argument("KEY", "Id of the key.");
        return Define.Command(
            "revoke", "End an API key at once.", "tally keys revoke key_01jd…", [key],
            async call =>
            {
                using var tally = call.Open();
                var id = Call.Id<ApiKeyId>(call.Get(key), "key");
                await tally.RevokeApiKey(id, call.Stop);
                call.Output.Result(new { revoked = id }, _ => Console.WriteLine($"{id} is revoked."));
                return 0;
            });
    }

    private static Option<string?> SaveAs() =>
        Define.Option<string?>("--save-as", $"Name of the profile (default: '{DefaultProfile}').");

    private static Option<string?> Gate() =>
        Define.Option<string?>("--gate", "Address of the gate that delivers for this server; saved with the profile for 'tally pull'.");

    private static string? GateOf(Call call, Option<string?> gate) =>
        call.Get(gate) is { } given ? Session.Http(given).ToString() : null;

    /// <summary>Never on the command line: that is seen by everybody on the machine and kept in a history.</summary>
    private static string Secret(string variable, string what)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set)
        {
            return set;
        }

        return Console.IsInputRedirected
            ? Console.In.ReadLine() ?? throw new CommandException($"Set {variable}, or give the {what.ToLowerInvariant()} on standard input.")
            : Output.Errors.Prompt(new TextPrompt<string>($"{what}:").Secret());
    }
}
