-- The newest version of every work can be asked for by itself (kind 5) as well; later ones are told when they are published.
insert into access.feed (seq, kind, key, body)
select nextval('access.feed_seq'), 5, body ->> 'version_id', body from access.feed where kind = 2 and body is not null;
