using Tallystick.Core.Ids;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Pages;

/// <summary>A page shows a part of a list: the newest, however many there are.</summary>
public sealed class NewestTests(Postgres postgres)
{
    [Fact]
    public async Task Among_any_number_of_statements_and_invitations_the_newest_are_shown()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Member.Creator(shop.Server);
        await shop.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into royalties.run (id, up_to, state, fee_basis_points, opened_at, closed_at)
                select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '2020-01-01'::timestamptz + n * interval '1 hour',
                  'closed', 0, now(), now()
                from generate_series(1, 2100) n;
                insert into royalties.statement
                select id, id, @Organisation, 'creator', 'USD', 1, 100, 0, 100, 0, up_to, '', id from royalties.run;
                insert into royalties.consent (id, creator, payee, state, work_id, title, asked_at)
                select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, gen_random_uuid(), @Organisation, 'open',
                  gen_random_uuid(), 'Work ' || n, now()
                from generate_series(1, 250) n;
                """,
                new { creator.Organisation }),
            Shop.Stop);
        var newest = new Guid("00000000-0000-7000-8000-000000002100");

        (await First(creator, "/v1/statements?newest=true&limit=1"))["statement_id"]!.ToString().ShouldBe(new StatementId(newest).ToString());
        (await First(creator, "/v1/royalty-invitations?newest=true&limit=1"))["title"]!.ToString().ShouldBe("Work 250");
        (await First(creator, "/v1/royalty-invitations?limit=1"))["title"]!.ToString().ShouldBe("Work 1");
        using var visitor = await Visitor.SignedIn(shop.Server, creator.Email);
        var page = await visitor.Page("/creator");
        page.ShouldContain(new StatementId(newest).ToString());
        page.ShouldContain("Work 250");
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> First(Member member, string path) =>
        (await member.Http.GetAsync(path, Shop.Stop).Json())["items"]![0]!;
}
