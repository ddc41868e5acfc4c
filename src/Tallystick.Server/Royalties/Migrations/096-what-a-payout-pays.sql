-- From a payout to what it pays, without a look at what all others were paid.
create index earning_payout on royalties.earning (payout_id) where payout_id is not null;
create index holdback_payout on royalties.holdback (payout_id) where payout_id is not null;
