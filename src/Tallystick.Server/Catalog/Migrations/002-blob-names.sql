-- Who names a blob: asked for every blob by the sweep, and under its lock before one is removed.
create index file_sha256 on catalog.file (sha256);
