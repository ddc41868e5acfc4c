using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Journal;

public sealed class BooksTests(Postgres postgres) : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly OrganisationId Buyer = new(new Guid("00000000-0000-7000-8000-000000000001"));
    private static readonly LedgerAccount Pending = LedgerAccount.Of(AccountKind.GatewayPending, Currency.Usd);
    private static readonly LedgerAccount Fees = LedgerAccount.Of(AccountKind.GatewayFees, Currency.Usd);
    private static readonly LedgerAccount Prepaid = LedgerAccount.Of(AccountKind.BuyerPrepaid, Buyer, Currency.Usd);
    private TestServer _server = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Books Books => _server.Services.GetRequiredService<Books>();

    public async ValueTask InitializeAsync() => _server = await TestServer.Start(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_posted_entry_moves_the_balances_it_names()
    {
        await Post(TopUp("top-up/1", 1000, 59));

        (await Books.Balance(Prepaid, Stop)).ShouldBe(new Money(-1000, Currency.Usd));
        (await Books.Balance(Pending, Stop)).ShouldBe(new Money(941, Currency.Usd));
        (await Books.Balance(Fees, Stop)).ShouldBe(new Money(59, Currency.Usd));
    }

    [Fact]
    public async Task Posting_the_same_reference_again_changes_nothing()
    {
        (await Post(TopUp("top-up/1", 1000, 59))).ShouldBeTrue();
        (await Post(TopUp("top-up/1", 1000, 59))).ShouldBeFalse();

        (await Books.Balance(Prepaid, Stop)).Minor.ShouldBe(-1000);
    }

    [Fact]
    public async Task The_same_reference_with_other_lines_is_a_broken_invariant()
    {
        await Post(TopUp("top-up/1", 1000, 59));

        await Should.ThrowAsync<InvalidOperationException>(() => Post(TopUp("top-up/1", 1001, 59)));
    }

    [Fact]
    public async Task Lines_that_do_not_balance_are_refused_by_the_code()
    {
        var off = new JournalEntry("test", "off/1", Noon, [Pending.Debit(10), Prepaid.Credit(9)]);

        await Should.ThrowAsync<InvalidOperationException>(() => Post(off));
    }

    [Fact]
    public async Task Currencies_balance_each_on_their_own()
    {
        var euro = LedgerAccount.Of(AccountKind.BuyerPrepaid, Buyer, Currency.Eur);

        await Should.ThrowAsync<InvalidOperationException>(() => Post(
            new JournalEntry("test", "mixed/1", Noon, [Pending.Debit(10), euro.Credit(10)])));
    }

    [Theory]
    [InlineData("update journal.posting set amount = amount")]
    [InlineData("delete from journal.posting")]
    [InlineData("truncate journal.posting")]
    [InlineData("update journal.transaction set kind = 'other'")]
    [InlineData("delete from journal.transaction")]
    [InlineData("update journal.account set kind = 'bank'")]
    [InlineData("insert into journal.posting (transaction_id, line, account_id, currency, amount) " +
        "select transaction_id, 99, account_id, currency, 1 from journal.posting limit 1")]
    [InlineData("insert into journal.posting (transaction_id, line, account_id, currency, amount) " +
        "select transaction_id, line + 50, account_id, currency, amount from journal.posting")]
    [InlineData("insert into journal.transaction (reference, kind, at, content) values ('empty', 'test', now(), '')")]
    [InlineData("with t as (insert into journal.transaction (reference, kind, at, content) " +
        "values ('off', 'test', now(), '') returning id) insert into journal.posting " +
        "select t.id, a.id::int, a.id, a.currency, 5 from t, journal.account a")]
    [InlineData("insert into journal.posting (transaction_id, line, account_id, currency, amount) " +
        "select transaction_id, 99, account_id, 'EUR', 1 from journal.posting limit 1")]
    public async Task The_database_itself_refuses_what_would_falsify_the_books(string sql)
    {
        await Post(TopUp("top-up/1", 1000, 59));

        var refused = await Should.ThrowAsync<PostgresException>(
            () => _server.Database.InTransaction(tx => tx.Execute(sql), Stop));

        refused.SqlState.ShouldStartWith("23");
        (await Books.Balance(Prepaid, Stop)).Minor.ShouldBe(-1000);
    }

    /// <summary>Of two who decide about an account, the later one knows what the earlier one has posted.</summary>
    [Fact]
    public async Task Who_waited_for_an_account_sees_what_was_posted_meanwhile()
    {
        await Post(TopUp("top-up/1", 1000, 0));
        var (isLocked, mayPost) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = _server.Database.InTransaction(
            async tx =>
            {
                await Books.LockBalances(tx, [Prepaid, Pending]);
                isLocked.SetResult();
                await mayPost.Task;
                await Books.Post(tx, new JournalEntry("test", "spent", Noon, [Prepaid.Debit(1000), Pending.Credit(1000)]));
            },
            Stop);
        await isLocked.Task;
        var second = _server.Database.InTransaction(tx => Books.LockBalances(tx, [Prepaid]), Stop);
        await Eventually.Holds(async () => await _server.Database.QueryOne<bool>(
            "select exists (select 1 from pg_locks where not granted)", null, Stop));

        mayPost.SetResult();

        await first;
        (await second)[Prepaid].ShouldBe(0);
    }

    [Fact]
    public async Task Many_entries_post_at_once_and_those_already_there_are_left()
    {
        await Post(TopUp("top-up/7", 1000, 59));
        var entries = Enumerable.Range(1, 500).Select(i => TopUp($"top-up/{i}", 1000, 59)).ToList();

        var added = await _server.Database.InTransaction(tx => Books.PostAll(tx, entries), Stop);

        added.ShouldBe(499);
        (await Books.Balance(Prepaid, Stop)).Minor.ShouldBe(-500_000);
    }

    [Fact]
    public async Task The_checks_hold_on_good_books_and_name_an_account_that_is_overdrawn()
    {
        await Post(TopUp("top-up/1", 1000, 59));
        var checks = _server.Services.GetRequiredService<CheckBooks>();
        (await checks.Handle(Stop)).Holds.ShouldBeTrue();

        await Post(new JournalEntry("test", "overdraw/1", Noon, [Prepaid.Debit(1500), Pending.Credit(1500)]));

        var report = await checks.Handle(Stop);
        report.Holds.ShouldBeFalse();
        report.Checks.Single(c => !c.Holds).Name.ShouldBe("liabilities_are_never_overdrawn");
    }

    [Fact]
    public async Task The_checks_find_postings_that_were_falsified_behind_the_triggers()
    {
        await Post(TopUp("top-up/1", 1000, 59));
        await _server.Database.InTransaction(
            async tx =>
            {
                // What an owner of the table could do; a superuser is not needed for it.
                await tx.Execute("alter table journal.posting disable trigger user");
                await tx.Execute("update journal.posting set amount = amount + 1 where line = 1");
            },
            Stop);

        var report = await _server.Services.GetRequiredService<CheckBooks>().Handle(Stop);

        report.Checks.Where(c => !c.Holds).Select(c => c.Name).ShouldBe(
            ["transactions_sum_to_zero", "trial_balance_is_zero", "balances_equal_the_sum_of_postings"]);
    }

    /// <summary>superdesigndev/treg#460: of two settlements that locked the same rows in opposite order one was lost.</summary>
    [Fact]
    public async Task Two_who_lock_two_accounts_in_opposite_order_both_get_through_and_post_once()
    {
        await Post(TopUp("top-up/1", 1000, 59));
        var (begun, tried) = (new[] { new TaskCompletionSource(), new TaskCompletionSource() }, 0);

        await Task.WhenAll(Move(0, Prepaid, Fees), Move(1, Fees, Prepaid));

        tried.ShouldBe(3, "the database refused one of the two, which began again");
        (await Books.Balance(Prepaid, Stop)).Minor.ShouldBe(-800);
        (await Books.Balance(Fees, Stop)).Minor.ShouldBe(-141);

        Task Move(int who, LedgerAccount first, LedgerAccount then) => _server.Database.InTransaction(
            async tx =>
            {
                Interlocked.Increment(ref tried);
                await Books.Lock(tx, first);
                begun[who].TrySetResult();
                await begun[1 - who].Task.WaitAsync(Stop);
                await Books.Lock(tx, then);
                await Books.Post(tx, new JournalEntry("test", $"move/{who}", Noon, [Prepaid.Debit(100), Fees.Credit(100)]));
            },
            Stop);
    }

    [Fact]
    public async Task Two_who_lock_an_account_decide_one_after_the_other()
    {
        await Post(TopUp("top-up/1", 1000, 59));

        // Each spends 600 if it is there: together they must not spend 1200.
        var spent = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => _server.Database.InTransaction(
            async tx =>
            {
                await Books.Lock(tx, Prepaid);
                return (await Books.Balance(tx, Prepaid)).Minor <= -600 && await Books.Post(
                    tx, new JournalEntry("test", $"spend/{i}", Noon, [Prepaid.Debit(600), Fees.Credit(600)]));
            },
            Stop)));

        spent.Count(s => s).ShouldBe(1);
    }

    [Fact]
    public async Task The_journal_reads_back_as_it_was_written()
    {
        await Post(TopUp("top-up/1", 1000, 59));

        var page = (await _server.Services.GetRequiredService<ListTransactions>()
            .Handle(new("top-up/", null, 0, 10), Stop)).Value;

        var transaction = page.Items.ShouldHaveSingleItem();
        transaction.Reference.ShouldBe("top-up/1");
        transaction.Postings.Select(p => (p.Account, p.Amount.Minor)).ShouldBe(
            [("gateway_pending", 941L), ("gateway_fees", 59L), ("buyer_prepaid", -1000L)]);
        var accounts = (await _server.Services.GetRequiredService<ListAccounts>().Handle("buyer_prepaid", 0, 10, Stop)).Value;
        accounts.Items.ShouldHaveSingleItem().Owner.ShouldBe(Buyer.Value);
    }

    private Task<bool> Post(JournalEntry entry) => _server.Database.InTransaction(tx => Books.Post(tx, entry), Stop);

    private static JournalEntry TopUp(string reference, long gross, long fee) => new(
        "wallet.topped_up", reference, Noon, [Pending.Debit(gross - fee), Fees.Debit(fee), Prepaid.Credit(gross)]);
}
