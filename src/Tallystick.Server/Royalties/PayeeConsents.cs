using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Who has agreed to be named by whose rules. A share decides where a payee's name, statements and payouts appear, so a
/// stranger cannot give anybody one.
/// </summary>
internal sealed class PayeeConsents(IdSource ids, TimeProvider clock)
{
    /// <summary>Invitations of one creator that wait for an answer: more would be a mailing.</summary>
    private const int OpenMost = 100;

    /// <summary>Who said no is not asked again before this.</summary>
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromDays(30);

    /// <summary>An invitation that nobody answered stops counting after this.</summary>
    private static readonly TimeSpan OpenFor = TimeSpan.FromDays(90);

    /// <summary>
    /// 1 Whom the creator need not ask, and who agreed. 2 The others are invited, each once. 3 Null when nobody is missing.
    /// </summary>
    public async Task<Refusal?> Require(Tx tx, WorkView work, IReadOnlyList<OrganisationId> payees)
    {
        // 1. In one order, so that two rules at once do not wait for each other.
        var known = (await tx.Query<Row>(
            """
            select id, payee, state, asked_at, answered_at from royalties.consent
            where creator = @Creator and payee = any(@Payees) order by payee for update
            """,
            new { work.Creator, Payees = payees.Select(p => p.Value).ToArray() })).ToDictionary(r => r.Payee);
        var missing = payees.Where(p => p != work.Creator && known.GetValueOrDefault(p)?.State != Agreed).ToList();
        if (missing.Count == 0)
        {
            return null;
        }

        // 2
        var now = clock.GetUtcNow();
        var open = await tx.QueryOne<int>(
            "select count(*)::int from royalties.consent where creator = @Creator and state = 'open' and asked_at > @Since",
            new { work.Creator, Since = now - OpenFor });
        var waiting = new List<object>();
        foreach (var payee in missing)
        {
            var row = known.GetValueOrDefault(payee);
            var state = row?.State ?? "new";
            var asks = state == "new" || (state == Open ? row!.AskedAt <= now - OpenFor : row!.AnsweredAt <= now - AskAgainAfter);
            if (asks && open++ >= OpenMost)
            {
                return Problems.Conflict.With($"{OpenMost} invitations of yours wait for an answer; no more can be made.");
            }

            var id = row?.Id ?? ids.New<InvitationId>();
            if (asks)
            {
                await Ask(tx, work, payee, id, now);
                state = Open;
            }

            waiting.Add(new { organisation_id = payee.ToString(), state, invitation_id = id.ToString() });
        }

        // 3
        return RoyaltiesProblems.PayeeNotAgreed.With(
            $"Not agreed to your rules: {string.Join(", ", missing)}.", new Dictionary<string, object?> { ["payees"] = waiting });
    }

    private const string Agreed = "accepted";
    private const string Open = "open";

    private static Task Ask(Tx tx, WorkView work, OrganisationId payee, InvitationId id, DateTimeOffset now) => tx.Execute(
        """
        insert into royalties.consent (id, creator, payee, state, work_id, title, asked_at)
        values (@id, @Creator, @payee, 'open', @WorkId, @Title, @now)
        on conflict (creator, payee) do update
          set state = 'open', work_id = excluded.work_id, title = excluded.title, asked_at = excluded.asked_at, answered_at = null
          where consent.state <> 'accepted'
        """,
        new { id, work.Creator, payee, work.WorkId, work.Title, now });

    private sealed record Row(InvitationId Id, OrganisationId Payee, string State, DateTimeOffset AskedAt, DateTimeOffset? AnsweredAt);
}
