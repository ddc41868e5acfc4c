-- Rises with every answer about a lease. A return names the newest version that its gate knows, so that one which was
-- overtaken on its way by a question cannot take back what the answer to that question gave.
alter table access.lease add column version bigint not null default 0;
