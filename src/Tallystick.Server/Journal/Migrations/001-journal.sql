create schema journal;

-- Double entry. Rows are only ever added; triggers below refuse everything else, also to a superuser who errs.
create table journal.account (
  id bigint generated always as identity primary key,
  kind text not null,
  -- Whose account it is; the zero uuid for accounts of the installation itself.
  owner uuid not null,
  currency text not null,
  unique (kind, owner, currency),
  unique (id, currency)
);

create table journal.transaction (
  id bigint generated always as identity primary key,
  -- What happened, named by those who post: posting it again changes nothing.
  reference text not null unique,
  kind text not null,
  at timestamptz not null,
  -- SHA-256 of the lines: the same reference with other lines is a broken invariant, not a repetition.
  content bytea not null,
  written_in xid8 not null default pg_current_xact_id()
);

create index transaction_at on journal.transaction (at, id);

create table journal.posting (
  transaction_id bigint not null references journal.transaction (id),
  line int not null,
  account_id bigint not null,
  currency text not null,
  -- Debit positive, credit negative, in minor units.
  amount bigint not null check (amount <> 0),
  primary key (transaction_id, line),
  foreign key (account_id, currency) references journal.account (id, currency)
);

create index posting_account on journal.posting (account_id, transaction_id) include (amount);

create function journal.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'journal.% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;

create trigger append_only before update or delete on journal.account
  for each row execute function journal.refuse_change();
create trigger append_only before update or delete on journal.transaction
  for each row execute function journal.refuse_change();
create trigger append_only before update or delete on journal.posting
  for each row execute function journal.refuse_change();
create trigger never_emptied before truncate on journal.account
  for each statement execute function journal.refuse_change();
create trigger never_emptied before truncate on journal.transaction
  for each statement execute function journal.refuse_change();
create trigger never_emptied before truncate on journal.posting
  for each statement execute function journal.refuse_change();

-- 1. At commit a transaction has postings, and they sum to zero in every currency.
create function journal.transaction_balances() returns trigger language plpgsql as $$
begin
  if (select count(*) from journal.posting where transaction_id = new.id) < 2 then
    raise exception 'transaction % has fewer than two postings', new.reference
      using errcode = 'integrity_constraint_violation';
  end if;
  if exists (
    select 1 from journal.posting where transaction_id = new.id group by currency having sum(amount) <> 0) then
    raise exception 'transaction % does not sum to zero', new.reference
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

create constraint trigger transaction_balances after insert on journal.transaction
  deferrable initially deferred for each row execute function journal.transaction_balances();

-- 2. Nothing is added to a transaction later, not even lines that balance, and every statement that adds lines adds
--    balanced ones: the check above runs once per transaction and must not be outrun by lines that come after it.
create function journal.postings_complete() returns trigger language plpgsql as $$
begin
  if exists (
    select 1 from added a join journal.transaction t on t.id = a.transaction_id
    where t.written_in <> pg_current_xact_id()) then
    raise exception 'postings cannot be added to a transaction that was committed'
      using errcode = 'integrity_constraint_violation';
  end if;
  if exists (select 1 from added group by transaction_id, currency having sum(amount) <> 0) then
    raise exception 'postings of a transaction come in one statement and sum to zero'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

create trigger postings_complete after insert on journal.posting
  referencing new table as added for each statement execute function journal.postings_complete();
