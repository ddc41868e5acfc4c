using System.Net.Http.Json;
using Tallystick.Server.Tests.Pages;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Accounts;

/// <summary>Two accounts never look alike, and their owners get in however they type.</summary>
public sealed class EmailTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Addresses_that_look_alike_are_one_account_or_none()
    {
        await using var server = await TestServer.Start(postgres);
        using var client = server.Client();
        Task<HttpResponseMessage> SignUp(string email) => client.PostAsJsonAsync(
            "/v1/organisations", new { name = "n", email, password = Member.Password, roles = new[] { "buyer" } }, Stop);

        await SignUp("jos\u00e9@b\u00fccher.example").Json(201);

        // Composed or not, in Unicode or in ASCII, in whatever case.
        (await SignUp("jose\u0301@b\u00fccher.example").Problem(409)).ShouldBe("email-in-use");
        (await SignUp("JOS\u00c9@bu\u0308cher.example").Problem(409)).ShouldBe("email-in-use");
        (await SignUp("jos\u00e9@XN--bcher-kva.example").Problem(409)).ShouldBe("email-in-use");
        // With what nobody sees, or with letters of another alphabet.
        (await SignUp("jos\u00e9\u200b@b\u00fccher.example").Problem(400)).ShouldBe("invalid-request");
        (await SignUp("j\u043es\u00e9@b\u00fccher.example").Problem(400)).ShouldBe("invalid-request");
        (await SignUp("\u202ejos\u00e9@b\u00fccher.example").Problem(400)).ShouldBe("invalid-request");
        using var visitor = await Visitor.SignedIn(server, "Jose\u0301@B\u00dcCHER.example");
        (await visitor.Page("/account")).ShouldContain("API keys");
    }

    [Fact]
    public async Task Addresses_from_before_are_brought_into_the_form_and_one_that_apes_another_opens_nothing()
    {
        var database = await postgres.NewDatabase();
        string taken;
        await using (var before = await TestServer.Start(postgres, database: database))
        {
            var (one, two, aping) = (await Member.Creator(before), await Member.Creator(before), await Member.Creator(before));
            taken = one.Email;
            await before.Database.InTransaction(
                async tx =>
                {
                    await tx.Execute(
                        "update accounts.person set email = @Email where id = @Person", new { two.Person, Email = "ad\u00e1\u200b@b\u00fccher.example" });
                    await tx.Execute(
                        "update accounts.person set email = @Email where id = @Person", new { aping.Person, Email = $"\u2060{one.Email}" });
                },
                Stop);
        }

        using var log = new LogRecorder();
        await using var after = await TestServer.Start(postgres, database: database, log: log);

        using var plain = await Visitor.SignedIn(after, taken);
        using var brought = await Visitor.SignedIn(after, "ad\u00e1@xn--bcher-kva.example");
        log.Lines.Count(l => l.Contains("can be taken for another one")).ShouldBe(1);
    }
}
