-- Of what was taken back, what had been used, or was held for use: the buyer's debt. The payment did pay for it.
alter table payments.dispute add column owed bigint not null default 0 check (owed between 0 and amount);
alter table payments.refund add column owed bigint not null default 0 check (owed between 0 and amount);
