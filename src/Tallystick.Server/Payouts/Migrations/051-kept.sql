-- Queued beyond a step that the gateway sends: payable again when the rest went out.
alter table payouts.payout add column kept bigint not null default 0 check (kept >= 0);
