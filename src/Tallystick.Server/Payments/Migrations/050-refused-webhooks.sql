-- Of a body whose signature does not hold the beginning is kept, with the length and hash of all of it; the same body counts.
alter table payments.inbound add column body_sha256 bytea, add column body_bytes int;

update payments.inbound set body_sha256 = sha256(body), body_bytes = length(body), body = substring(body from 1 for 2048)
where state = 'refused';

delete from payments.inbound older using payments.inbound newer
where older.state = 'refused' and newer.state = 'refused' and older.body_sha256 = newer.body_sha256 and older.id < newer.id;

create unique index inbound_refused_body on payments.inbound (body_sha256) where state = 'refused';
