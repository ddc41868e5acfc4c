-- What people decided about a licence and what the disputes about its payment did to it are two things: the second is undone
-- when a dispute is, the first is not. status is what both come to.
alter table licensing.licence
  add column own_status smallint not null default 0,
  add column own_reason text,
  add column dispute_status smallint not null default 0,
  add column dispute_reason text,
  -- How often it has ended: each time is another receipt in the log.
  add column revocations int not null default 0;

update licensing.licence set
  dispute_status = case when status = 2 or status_reason = 'The payment was taken back by the buyer''s bank.' then status else 0 end,
  dispute_reason = case when status = 2 or status_reason = 'The payment was taken back by the buyer''s bank.' then status_reason end,
  own_status = case when status = 2 or status_reason = 'The payment was taken back by the buyer''s bank.' then 0 else status end,
  own_reason = case when status = 2 or status_reason = 'The payment was taken back by the buyer''s bank.' then null else status_reason end,
  revocations = case when status = 1 then 1 else 0 end
where status <> 0;
