using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

public sealed class FormTests(Postgres postgres)
{
    [Theory]
    [InlineData("/oauth/introspect", "token=%00")]
    [InlineData("/oauth/token", "%00=a")]
    [InlineData("/oauth/revoke", "token=%00%00")]
    [InlineData("/sign-in", "email=%00&password=a")]
    [InlineData("/sign-up", "name=a%00b")]
    [InlineData("/sign-out", "return_url=%00")]
    public async Task A_form_that_cannot_be_decoded_is_a_bad_request(string path, string body)
    {
        await using var server = await TestServer.Start(postgres);
        var buyer = await Member.Buyer(server);
        using var content = new StringContent(body, null, "application/x-www-form-urlencoded");

        (await buyer.Http.PostAsync(path, content, TestContext.Current.CancellationToken).Problem(400)).ShouldBe("invalid-request");
    }
}
