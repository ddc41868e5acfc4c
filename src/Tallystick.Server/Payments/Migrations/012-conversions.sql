-- What the gateway settled in another currency than was paid, with its rate: the legs of one journal entry.
create table payments.fx_conversion (
  balance_transaction text primary key,
  checkout_id uuid not null references payments.checkout (id),
  paid bigint not null,
  paid_currency text not null,
  settled bigint not null,
  settled_currency text not null,
  -- Units of the settled currency for one of the paid, as the source told it: a decimal text.
  rate text not null,
  source text not null,
  at timestamptz not null
);

create index fx_conversion_paid on payments.fx_conversion (paid_currency, at);
