-- SHA-256 of every block of a large blob, so that a gate can check the part that it reads. Of the blob and not of a file: many
-- versions may name it. What was uploaded before has none.
create table catalog.blob_blocks (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  block_bytes int not null check (block_bytes > 0),
  hashes bytea not null check (octet_length(hashes) % 32 = 0)
);
