# shellcheck shell=bash
# A PostgreSQL cluster of our own: a folder, a socket, a port on loopback, a password that only we know.

# PostgreSQL refuses to run as root, so root lends it an ordinary account.
choose_postgres_account() {
  POSTGRES_ACCOUNT=$(id -un)
  is_root || return 0
  for POSTGRES_ACCOUNT in postgres tallystick; do
    id "$POSTGRES_ACCOUNT" >/dev/null 2>&1 && return 0
  done
  useradd --system --user-group --no-create-home --shell /usr/sbin/nologin tallystick ||
    fail "cannot create the account 'tallystick' under which PostgreSQL runs"
}

as_postgres() {
  # From / because the account may not enter the folder that the command was called from.
  if ! is_root; then
    (cd / && "$@")
  elif command -v setpriv >/dev/null; then
    (cd / && setpriv --reuid="$POSTGRES_ACCOUNT" --regid="$(id -gn "$POSTGRES_ACCOUNT")" --init-groups -- "$@")
  else
    (cd / && runuser -u "$POSTGRES_ACCOUNT" -- "$@")
  fi
}

# cluster_create FOLDER DURABLE(true|false) [MAY_CREATE_DATABASES(true|false)]
cluster_create() {
  local folder=$1 durable=$2
  [[ -f $folder/data/PG_VERSION && -f $folder/complete ]] && return 0
  step "creating a private PostgreSQL cluster"
  cluster_init "$folder" "$folder" "$durable"
  cluster_start "$folder"
  cluster_role "$folder" "${3:-false}"
  touch "$folder/complete"
}

# cluster_init FOLDER PLACE DURABLE [OPTION…]   (a cluster of nobody's in FOLDER that will run in PLACE)
cluster_init() {
  local folder=$1 place=$2 durable=$3 log=$1/initdb.log
  shift 3
  # A creation that was cut short leaves a folder that is not a cluster; nothing of value is in it.
  rm -rf "${folder:?}/data"
  install -d -m 700 "$folder" "$folder/data"
  if is_root; then
    chown -R "$POSTGRES_ACCOUNT:" "$folder"
  fi
  # Only the account itself enters as superuser; everybody else on the machine needs the password.
  local sync=()
  $durable || sync=(--no-sync)
  as_postgres "$POSTGRES_BIN/initdb" -D "$folder/data" -U "$POSTGRES_ACCOUNT" -E UTF8 --locale=C \
    --auth=peer --auth-host=reject "${sync[@]}" "$@" >"$log" 2>&1 ||
    fail "initdb failed: $(tail -n 3 "$log" | tr '\n' ' ')"
  printf '%s\n' "local all $POSTGRES_ACCOUNT peer" 'local all all scram-sha-256' \
    'host all all 127.0.0.1/32 scram-sha-256' >"$folder/data/pg_hba.conf"
  cluster_settings "$place" "$durable" >>"$folder/data/postgresql.conf"
}

cluster_settings() {
  printf '%s\n' '' "include_if_exists = 'port.conf'" \
    "unix_socket_directories = '${1//\'/\'\'}'" "unix_socket_permissions = 0777" \
    "listen_addresses = '127.0.0.1'" 'max_connections = 200' 'shared_buffers = 128MB' \
    "password_encryption = 'scram-sha-256'" "timezone = 'UTC'" "log_timezone = 'UTC'" \
    'log_min_duration_statement = 2s' 'log_parameter_max_length = 0' 'idle_in_transaction_session_timeout = 60s'
  # Acknowledge after durable, never before: the defaults, written down so that nobody turns them off by accident.
  if $2; then
    printf '%s\n' 'fsync = on' 'synchronous_commit = on' 'full_page_writes = on'
  else
    printf '%s\n' 'fsync = off' 'synchronous_commit = off' 'full_page_writes = off'
  fi
}

# One role without superuser rights owns the one database; in tests it may also create more, and drop one in which
# autovacuum is at work just then.
cluster_role() {
  local folder=$1 rights=NOCREATEDB
  if $2; then rights='CREATEDB in role pg_signal_backend'; fi
  cluster_sql "$folder" <<SQL
create role tally login $rights;
create database tallystick owner tally;
SQL
}

# At every start: a secrets file that was restored or made anew is the one that counts.
cluster_password() {
  # However slow or wrong this goes, it is not to be written into PostgreSQL's log.
  cluster_sql "$1" <<SQL
set log_min_duration_statement = -1; set log_statement = 'none'; set log_min_error_statement = 'panic';
alter role tally password '$2';
SQL
}

cluster_sql() {
  as_postgres "$POSTGRES_BIN/psql" -qX -v ON_ERROR_STOP=1 -h "$1" -p "$(cluster_port "$1")" -d postgres \
    >>"$1/initdb.log" 2>&1 || fail "cannot prepare the database: $(tail -n 1 "$1/initdb.log")"
}

# The major version that made it; nothing where there is no cluster.
cluster_version() { cat "$1/data/PG_VERSION" 2>/dev/null || true; }

# Said where what is there is told: that the cluster is of an older version than the newest on this machine.
newer_postgres() {
  local made
  made=$(cluster_version "$CLUSTER")
  [[ -n $made ]] && find_postgres && (($(postgres_version) > made)) || return 0
  printf ', the version of the database; a newer one is here too: ./tally upgrade-database'
}

cluster_port() { sed -n 's/^port = //p' "$1/data/port.conf"; }

cluster_is_running() {
  as_postgres "$POSTGRES_BIN/pg_ctl" -D "$1/data" status >/dev/null 2>&1 &&
    as_postgres "$POSTGRES_BIN/pg_isready" -q -h "$1" -p "$(cluster_port "$1")"
}

cluster_start() {
  local folder=$1 port try
  [[ -f $folder/data/port.conf ]] && cluster_is_running "$folder" && return 0
  cluster_clear_stale "$folder"
  for try in 1 2 3 4 5; do
    # The port is remembered, but it is nobody's address: taken meanwhile, another one does as well.
    port=$(cluster_port "$folder" 2>/dev/null || true)
    if [[ -z $port ]] || port_is_taken "$port"; then
      port=$(free_port)
      printf 'port = %s\n' "$port" >"$folder/data/port.conf"
    fi
    as_postgres "$POSTGRES_BIN/pg_ctl" -D "$folder/data" -l "$folder/postgres.log" -w -t 60 -s start \
      >/dev/null 2>"$folder/start.log" </dev/null 8>&- 9>&- && return 0
    # After a kill -9 its orphans hold shared memory for a moment longer.
    sleep 0.$((try * 2))
  done
  require_space "$folder" 64
  fail "PostgreSQL does not start: $(grep -E 'FATAL|PANIC|ERROR' "$folder/postgres.log" 2>/dev/null |
    tail -n 1) (whole log: $folder/postgres.log)"
}

# PostgreSQL removes a stale lock file itself unless its number now belongs to a stranger.
cluster_clear_stale() {
  local lock=$1/data/postmaster.pid pid
  [[ -f $lock ]] || return 0
  pid=$(head -n 1 "$lock")
  [[ $pid =~ ^[0-9]+$ ]] || return 0
  process_born "$pid" >/dev/null || return 0
  [[ $(readlink "/proc/$pid/cwd" || true) == "$(readlink -f "$1/data")" ]] || rm -f "$lock"
}

cluster_stop() {
  [[ -f $1/data/postmaster.pid ]] || return 0
  as_postgres "$POSTGRES_BIN/pg_ctl" -D "$1/data" -m "$2" -w -t 60 -s stop >/dev/null 2>&1 || true
}

cluster_connection() {
  printf 'Host=%s;Port=%s;Database=%s;Username=tally;Password=%s' "$1" "$(cluster_port "$1")" "$2" "$3"
}
