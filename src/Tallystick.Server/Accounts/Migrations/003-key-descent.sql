-- The key that made a key: what it made ends with it. Null when a person made it, and for keys older than this column.
alter table accounts.api_key add column parent_id uuid references accounts.api_key (id);

create index api_key_parent on accounts.api_key (parent_id) where parent_id is not null;
