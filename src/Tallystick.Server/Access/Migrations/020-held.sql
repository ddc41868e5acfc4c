-- What a licence's outstanding quantity can cost at most, rounded up: the same as LicenceCredit.Held. Kept by the database
-- itself, so that no statement that changes a total can forget it, and a wallet's holds are one sum.
alter table access.credit add column held numeric not null generated always as (
  coalesce(div(
    greatest(granted_total - billed_total, 0)::numeric * (price -> 'amount' ->> 'minor')::numeric
      + (price ->> 'per')::numeric - 1,
    (price ->> 'per')::numeric), 0)) stored;
