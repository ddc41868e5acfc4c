-- How much of a purchase is asked back: all of it, unless its creator took the licence back and owes what was not used.
alter table payments.checkout add column refund_amount bigint check (refund_amount > 0);

-- What of a part of a wallet refund is kept for what the gateway keeps: less is sent by it.
alter table payments.wallet_refund_part add column fee bigint not null default 0 check (fee >= 0 and fee < amount);
