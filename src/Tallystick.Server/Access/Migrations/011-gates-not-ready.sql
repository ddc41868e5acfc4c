-- Since when the gate's holder tells that it is not ready: a gate that starts is not ready for a moment, and no case for anybody.
alter table access.gate add column not_ready_since timestamptz;
