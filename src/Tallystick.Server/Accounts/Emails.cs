using System.Text;
using Tallystick.Core.Ids;
using Tallystick.Core.Texts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// Brings e-mail addresses into the form in which they are stored and compared. Unicode's composed form is made by the
/// database: this program carries no tables of the world's languages.
/// </summary>
internal sealed partial class Emails(Database database, ILogger<Emails> log) : IHostedService
{
    /// <summary>Null when it is no address, or could be taken for another one.</summary>
    public async Task<string?> Normal(string? typed, CancellationToken stop)
    {
        if (typed is null || typed.Length > 2 * EmailAddress.LengthMost || Ascii.IsValid(typed))
        {
            return EmailAddress.Normal(typed);
        }

        return InputErrors.IsClean(typed, lines: false)
            ? EmailAddress.Normal(await database.QueryOne<string>("select normalize(@typed, NFC)", new { typed }, stop))
            : null;
    }

    /// <summary>
    /// Addresses that were stored before there was this form. One that another account has in this form stays as it was and
    /// opens nothing any more: of two that look alike the plain one is the owner's.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var others = await database.Query<Stored>(
            "select id, email from accounts.person where email ~ '[^ -~]' order by created_at", null, cancellationToken);
        foreach (var person in others)
        {
            // Without what nobody sees, so that its owner, who never saw it either, still gets in.
            var seen = string.Concat(person.Email.EnumerateRunes().Where(r => !VisibleText.IsInvisible(r)));
            var normal = await Normal(seen, cancellationToken);
            var changed = normal == person.Email || (normal is not null && await database.InTransaction(
                tx => tx.Execute(
                    """
                    update accounts.person set email = @normal
                    where id = @Id and not exists (select 1 from accounts.person where email = @normal)
                    """,
                    new { person.Id, normal }),
                cancellationToken) == 1);
            if (!changed)
            {
                LogUnusable(person.Id);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1211, LogLevel.Warning, "The e-mail address of {Person} can be taken for another one; nobody signs in with it.")]
    private partial void LogUnusable(PersonId person);

    private sealed record Stored(PersonId Id, string Email);
}
