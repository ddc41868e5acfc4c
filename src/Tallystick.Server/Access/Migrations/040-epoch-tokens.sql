-- Every epoch that was issued, and who may speak for it: whoever shows the token that was handed out with it, of which only
-- the hash stands here. Without a hash: issued before there were tokens; its gate takes another epoch and goes on.
create table access.epoch (
  gate uuid not null,
  number bigint not null,
  instance uuid,
  token_hash bytea,
  -- Leases and what is spent of them stand under the first epoch of a gate's log; later ones of the same log go on with them.
  leases_of bigint not null,
  issued_at timestamptz not null,
  -- When the token was first shown: the grant arrived.
  heard_at timestamptz,
  -- When its gate went on under another: nothing new is taken under it.
  ended_at timestamptz,
  primary key (gate, number)
);

insert into access.epoch (gate, number, instance, leases_of, issued_at, heard_at)
select id, last_epoch, holder, last_epoch, created_at, holder_seen_at from access.gate where last_epoch > 0;

-- What a gate was granted of wallets in the newest hour in which it was granted anything.
create table access.granted (
  gate uuid not null,
  currency text not null,
  hour timestamptz not null,
  minor bigint not null,
  primary key (gate, currency)
);
