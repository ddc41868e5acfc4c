using System.Text.RegularExpressions;
using Tallystick.Core.Ids;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Pages;

/// <summary>A list begins with the newest and goes on to the oldest, in the API and on pages, however many there are.</summary>
public sealed class NewestTests(Postgres postgres)
{
    private const int Rows = 130;

    /// <summary>Rows whose ids rise; the same number is part of what people read of them.</summary>
    private const string Id = "('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid";

    private const string Fill =
        $"""
        insert into royalties.run (id, up_to, state, fee_basis_points, opened_at, closed_at)
        select {Id}, '2020-01-01'::timestamptz + n * interval '1 hour', 'closed', 0, now(), now() from generate_series(1, @Rows) n;
        insert into royalties.statement
        select id, id, @Organisation, 'creator', 'USD', 1, 100, 0, 100, 0, up_to, '', id from royalties.run;
        insert into royalties.statement
        select gen_random_uuid(), id, @Organisation, 'buyer', 'USD', 1, 100, 0, 100, 0, up_to, '', id from royalties.run;
        insert into royalties.consent (id, creator, payee, state, work_id, title, asked_at)
        select {Id}, gen_random_uuid(), @Organisation, 'open', gen_random_uuid(), 'Invitation ' || n || '.', now() from generate_series(1, @Rows) n;
        insert into catalog.work (id, creator, title, description, kind, source_name, source_licence, unit_id, created_at)
        select {Id}, @Organisation, 'Work ' || n || '.', '', 'dataset', '', '', {Id}, now() from generate_series(1, @Rows) n;
        insert into accounts.api_key (id, organisation_id, name, secret_sha256, scopes, created_at)
        select {Id}, @Organisation, 'Key ' || n || '.', sha256(n::text::bytea), array['usage:read'], now() from generate_series(1, @Rows) n;
        insert into payouts.payout (id, run_id, organisation_id, minor, currency, state, queued_at, due_at)
        select {Id}, {Id}, @Organisation, n, 'USD', 'paid', now(), now() from generate_series(1, @Rows) n;
        insert into payments.checkout (id, kind, buyer, idempotency_key, request_sha256, title, gross, currency, refund_days,
          success_url, cancel_url, state, created_at, check_at)
        select {Id}, 'purchase', @Organisation, 'purchase ' || n, '', 'Purchase ' || n || '.', n, 'USD', 0, '', '', 'expired', now(), now()
        from generate_series(1, @Rows) n;
        insert into payments.checkout (id, kind, buyer, idempotency_key, request_sha256, title, gross, currency, refund_days,
          success_url, cancel_url, state, created_at, check_at)
        select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, 'top_up', @Organisation, 'top-up ' || n, '', '', n, 'USD', 0,
          '', '', 'expired', now(), now() from generate_series(1, @Rows) n;
        insert into transparency.receipt (id, kind, subject_key, owners, at)
        select {Id}, 'licence_granted', 'lic ' || n, array[@Organisation], now() from generate_series(1, @Rows) n;
        insert into licensing.status_list values (9, 1, now());
        insert into licensing.licence (id, offer_id, work_id, buyer, creator, pseudonym, rights_scope, transforms, royalty_percent, terms_hash,
          valid_days, granted_at, not_before, expires, list, index)
        select {Id}, {Id}, {Id}, @Organisation, @Organisation, {Id}, '{"{}"}', '{"{}"}', '0', '', 1, now(), now(), now(), 9, n
        from generate_series(1, @Rows) n;
        """;

    [Fact]
    public async Task Every_list_begins_with_the_newest_and_ends_with_the_oldest()
    {
        await using var shop = await Shop.Open(postgres);
        var member = await Filled(shop);

        foreach (var (path, key, expected) in ((string, string, int)[])[
            ("/v1/statements?role=creator", "statement_id", Rows), ("/v1/statements?a=b", "statement_id", 2 * Rows),
            ("/v1/royalty-invitations?as=payee", "invitation_id", Rows), ("/v1/works?mine=true", "work_id", Rows),
            ("/v1/api-keys?a=b", "api_key_id", Rows + 1), ("/v1/payouts?mine=true", "payout_id", Rows),
            ("/v1/purchases?a=b", "purchase_id", Rows), ("/v1/wallet/top-ups?a=b", "top_up_id", Rows),
            ("/v1/receipts?kind=licence_granted", "id", Rows), ("/v1/licences?as=buyer", "licence_id", Rows),
            ("/v1/licences?as=creator", "licence_id", Rows)])
        {
            var ids = new List<string>();
            for (var next = ""; next is not null;)
            {
                var page = await member.Http.GetAsync($"{path}&limit=50{(next.Length == 0 ? "" : $"&after={next}")}", Shop.Stop).Json();
                ids.AddRange(page["items"]!.AsArray().Select(i => (string)i![key]!));
                next = (string?)page["next"];
            }

            ids.Distinct().Count().ShouldBe(expected, path);
            ids.SequenceEqual(ids.OrderDescending(StringComparer.Ordinal)).ShouldBeTrue(path);
        }

        (await member.Http.GetAsync("/v1/statements?newest=false&limit=1", Shop.Stop).Json())["items"]![0]!["statement_id"]!.ToString()
            .CompareTo((await member.Http.GetAsync("/v1/statements?limit=1", Shop.Stop).Json())["items"]![0]!["statement_id"]!.ToString()).ShouldBeLessThan(0);
        (await member.Http.GetAsync("/v1/statements?role=payee", Shop.Stop).Problem(400)).ShouldBe("invalid-request");
    }

    [Fact]
    public async Task Every_list_of_a_page_leads_from_the_newest_to_the_oldest()
    {
        await using var shop = await Shop.Open(postgres);
        var member = await Filled(shop);
        using var visitor = await Visitor.SignedIn(shop.Server, member.Email);

        foreach (var (path, list, words) in ((string, string, string)[])[
            ("/creator", "works", "Work {0}."), ("/creator", "invitations", "Invitation {0}."), ("/creator", "statements", "{1}"),
            ("/creator", "payouts", "{2}"), ("/buyer", "licences", "{3}"), ("/buyer", "purchases", "Purchase {0}."),
            ("/buyer", "top-ups", "{4}"), ("/account", "keys", "Key {0}.")])
        {
            var page = await visitor.Page(path);
            page.ShouldContain(Named(words, list == "keys" ? Rows - 1 : Rows), customMessage: list);
            page.ShouldNotContain(Named(words, 1), customMessage: list);
            for (var pages = 1; !page.Contains(Named(words, 1), StringComparison.Ordinal); pages++)
            {
                pages.ShouldBeLessThan(10);
                var older = Regex.Match(page, $"href=\"({path}\\?{list}=[^\"#]+)#{list}\"").Groups[1].Value;
                older.ShouldNotBeEmpty($"page {pages} of {list} leads no further");
                page = await visitor.Page(older);
            }

            page.ShouldContain($"href=\"{path}#{list}\"");
        }
    }

    private static string Named(string words, int number)
    {
        var id = Guid.ParseExact($"00000000-0000-7000-8000-{number:000000000000}", "D");
        return string.Format(
            System.Globalization.CultureInfo.InvariantCulture, words, number, new StatementId(id), new PayoutId(id), new LicenceId(id),
            new TopUpId(Guid.ParseExact($"00000000-0000-7000-9000-{number:000000000000}", "D")));
    }

    private static async Task<Member> Filled(Shop shop)
    {
        var member = await Member.SignUp(shop.Server, "creator", "buyer");
        await shop.Database.InTransaction(tx => tx.Execute(Fill, new { Organisation = member.Organisation.Value, Rows }), Shop.Stop);
        return member;
    }
}
