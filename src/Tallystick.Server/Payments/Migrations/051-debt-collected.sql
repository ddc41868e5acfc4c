-- What was collected of buyers' debts, less what went back: which top-up paid for which use depends on it.
create table payments.debt_collected (
  buyer uuid not null,
  currency text not null,
  minor bigint not null,
  primary key (buyer, currency)
);

insert into payments.debt_collected (buyer, currency, minor)
select a.owner, a.currency, -sum(p.amount) from journal.transaction t
join journal.posting p on p.transaction_id = t.id
join journal.account a on a.id = p.account_id and a.kind = 'buyer_debt'
where t.kind in ('debt.collected', 'debt.returned') group by a.owner, a.currency;
