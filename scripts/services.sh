# shellcheck shell=bash
# The processes of one installation: how they are started, asked and stopped.

readonly READY_SECONDS_MOST=90 DISK_MEGABYTES_LEAST=64
readonly OPERATOR_EMAIL=operator@tallystick.example

payments_are_simulated() { [[ -z ${TALLY_STRIPE_KEY:-} ]]; }
database_is_private() { [[ -z ${TALLY_DATABASE:-} ]]; }

service_names() {
  if payments_are_simulated; then printf 'stripe '; fi
  printf 'server gate'
}

spoken_name() { if [[ $1 == stripe ]]; then printf 'payment simulator'; else printf '%s' "$1"; fi; }

# What each process is told. The gate gets no credentials but its own, whatever else the caller's environment holds.
environment_of() {
  local name gate_public_url=${Tally__Server__GateUrl:-$GATE_URL}
  for name in $(compgen -e); do
    case $1:$name in
      gate:TALLY_CRASH_AT | gate:Tally__Gate__*) ;;
      server:Tally__Gate__* | gate:T[Aa][Ll][Ll][Yy]_* | stripe:T[Aa][Ll][Ll][Yy]_*)
        # Not unset: the same names are variables of these scripts.
        export -n "${name?}"
        ;;
    esac
  done
  export ASPNETCORE_ENVIRONMENT=${ASPNETCORE_ENVIRONMENT:-$HOST_ENVIRONMENT}
  "environment_of_$1"
}

environment_of_server() {
  export ASPNETCORE_URLS=$SERVER_URL ASPNETCORE_CONTENTROOT=$TALLY_REPO/src/Tallystick.Server
  default Tally__Server__PublicUrl "$SERVER_URL"
  default Tally__Server__GateUrl "$GATE_URL"
  default Tally__Server__DataFolder "$DATA/server"
  default Tally__Server__Database "${TALLY_DATABASE:-$(cluster_connection "$CLUSTER" tallystick "${SECRET[DATABASE_PASSWORD]}")}"
  default Tally__Accounts__OperatorEmail "$OPERATOR_EMAIL"
  default Tally__Accounts__OperatorPassword "${SECRET[OPERATOR_PASSWORD]}"
  default Tally__Accounts__OperatorKey "${SECRET[OPERATOR_KEY]}"
  default Tally__Access__GateSecrets__local "${SECRET[GATE_SECRET]}"
  if payments_are_simulated; then
    default Tally__Payments__StripeUrl "$STRIPE_URL"
    default Tally__Payments__StripeSecretKey "${SECRET[SIMULATED_STRIPE_KEY]}"
    default Tally__Payments__StripeWebhookSecret "${SECRET[SIMULATED_WEBHOOK_SECRET]}"
    # The simulator's money is nobody's: there a new payee is paid at once, so that a payout can be seen.
    default Tally__Royalties__NewPayeeHoldbackBasisPoints 0
  else
    default Tally__Payments__StripeSecretKey "$TALLY_STRIPE_KEY"
    default Tally__Payments__StripeWebhookSecret "${TALLY_STRIPE_WEBHOOK_SECRET:-}"
    default Tally__Payments__StripeWebhookSecretsMore__0 "${TALLY_STRIPE_CONNECT_WEBHOOK_SECRET:-}"
  fi
}

environment_of_gate() {
  export ASPNETCORE_URLS=$GATE_URL ASPNETCORE_CONTENTROOT=$TALLY_REPO/src/Tallystick.Gate
  default Tally__Gate__Secret "${SECRET[GATE_SECRET]}"
  default Tally__Gate__ServerUrl "$SERVER_URL"
  default Tally__Gate__PublicUrl "$gate_public_url"
  default Tally__Gate__DataFolder "$DATA/gate"
  default Tally__Gate__BlobFolder "$DATA/server/blobs"
}

environment_of_stripe() { :; }

default() { [[ -v $1 ]] || export "$1=$2"; }

command_of() {
  case $1 in
    server) COMMAND=("$DOTNET" "$(output_of Tallystick.Server "$CONFIGURATION")/Tallystick.Server.dll") ;;
    gate) COMMAND=("$DOTNET" "$(output_of Tallystick.Gate "$CONFIGURATION")/Tallystick.Gate.dll") ;;
    stripe)
      COMMAND=("$DOTNET" "$(output_of Tallystick.StripeSimulator "$CONFIGURATION")/Tallystick.StripeSimulator.dll"
        --port "$STRIPE_PORT" --secret-key "${SECRET[SIMULATED_STRIPE_KEY]}" --data "$DATA/stripe.journal"
        --webhook-url "$SERVER_URL/webhooks/stripe" --webhook-secret "${SECRET[SIMULATED_WEBHOOK_SECRET]}")
      ;;
  esac
}

port_of() {
  case $1 in
    server) printf '%s' "$SERVER_PORT" ;;
    gate) printf '%s' "$GATE_PORT" ;;
    stripe) printf '%s' "$STRIPE_PORT" ;;
  esac
}

# In a session of its own, so that Ctrl-C reaches the watcher only, which then stops everything in order.
start_service() {
  local log=$LOGS/$1.log COMMAND
  printf -- '--- start %s\n' "$(utc_now)" >>"$log" || fail "cannot write '$log': is the disk full?"
  command_of "$1"
  (
    environment_of "$1"
    exec setsid "${COMMAND[@]}" >>"$log" 2>&1 </dev/null 8>&- 9>&-
  ) &
  remember_process $! "$RUN/$1.pid"
}

stop_service() {
  local pid
  if pid=$(living_process "$RUN/$1.pid"); then
    end_process "$pid" 20
  fi
  rm -f "$RUN/$1.pid"
}

runs() {
  case $1 in
    database) database_runs ;;
    *) [[ $(living_process "$RUN/$1.pid" || true) =~ ^[0-9]+$ ]] ;;
  esac
}

is_ready() {
  case $1 in
    database) cluster_is_running "$CLUSTER" ;;
    stripe) port_is_taken "$STRIPE_PORT" ;;
    *) [[ $(http_status "$(port_of "$1")" /health/ready) == 200 ]] ;;
  esac
}

wait_until_ready() {
  local tick pid
  for ((tick = 0; tick < READY_SECONDS_MOST * 5; tick++)); do
    pid=$(living_process "$RUN/$1.pid") || {
      show_why_not "$1" 'did not start'
      return 1
    }
    # Another installation may have been faster with the port, and would answer as ours does.
    process_listens "$pid" "$(port_of "$1")" && is_ready "$1" && return 0
    sleep 0.2
  done
  show_why_not "$1" "was not ready within $READY_SECONDS_MOST s"
  return 1
}

# What the process itself said since its last start is the best explanation.
show_why_not() {
  local free
  free=$(megabytes_free "$DATA")
  ((free >= DISK_MEGABYTES_LEAST)) || warn "the disk of $DATA is full ($free MB free)"
  warn "the $(spoken_name "$1") $2; it said (whole log: $LOGS/$1.log):"
  tac "$LOGS/$1.log" | sed '/^--- start /q' | tac | tail -n +2 | tail -n 20 | sed 's/^/  /' >&2
}

refuse_taken_ports() {
  local name port
  for name in $(service_names); do
    port=$(port_of "$name")
    port_is_taken "$port" || continue
    fail "port $port, which the $(spoken_name "$name") needs, is taken by another program$(holder_of "$port"):" \
      "stop it, or set TALLY_${name^^}_PORT in $DATA/tallystick.conf"
  done
}

# Who it is, where this machine has the means to tell.
holder_of() {
  command -v ss >/dev/null || return 0
  ss -Hltnp "sport = :$1" 2>/dev/null | sed -nE 's/.*users:\(\("([^"]+)",pid=([0-9]+).*/ (\1, process \2)/p' | sed -n 1p
}

# What the private cluster needs of this machine, asked for before anything takes long.
require_database() {
  database_is_private || return 0
  require_postgres "$(cluster_version "$CLUSTER")"
  choose_postgres_account
  as_postgres test -x "$DATA" ||
    fail "the account '$POSTGRES_ACCOUNT', under which PostgreSQL runs, cannot enter '$DATA':" \
      "set TALLY_HOME to a folder below one that everybody may pass through, such as /var/lib/tallystick"
}

start_database() {
  database_is_private || return 0
  require_database
  cluster_create "$CLUSTER" true
  cluster_start "$CLUSTER"
  cluster_password "$CLUSTER" "${SECRET[DATABASE_PASSWORD]}"
}

database_runs() {
  local pid
  database_is_private || return 0
  pid=$(head -n 1 "$CLUSTER/data/postmaster.pid" 2>/dev/null) && process_born "$pid" >/dev/null
}

# All or nothing: what was started before a failure is stopped again.
start_everything() {
  local name
  rm -f "$RUN"/*.given-up
  for name in gate server stripe; do
    if living_process "$RUN/$name.pid" >/dev/null; then step "ending the $(spoken_name "$name") that an earlier run left behind"; fi
    stop_service "$name"
  done
  refuse_taken_ports
  start_database
  for name in $(service_names); do
    step "starting the $(spoken_name "$name")"
    start_service "$name"
    wait_until_ready "$name" || {
      stop_everything
      exit 1
    }
  done
}

stop_everything() {
  local name
  for name in gate server stripe; do
    stop_service "$name"
  done
  rm -f "$RUN/ready" "$RUN"/*.given-up
  if [[ -d $CLUSTER/data ]] && { find_postgres "$(cluster_version "$CLUSTER")" || find_postgres; }; then
    choose_postgres_account
    cluster_stop "$CLUSTER" fast
  fi
}

print_urls() {
  say "server   $SERVER_URL"
  say "gate     $GATE_URL"
  if payments_are_simulated; then
    say "payments are simulated: $STRIPE_URL (set TALLY_STRIPE_KEY for real ones)"
  fi
  say "sign in  as operator: $SERVER_URL/sign-in, $(operator_sign_in)"
  say "data     $DATA (the operator's API key: OPERATOR_KEY in $DATA/secrets)"
}

# Settings of one's own win, as they do for the server.
operator_sign_in() {
  local password="password: OPERATOR_PASSWORD in $DATA/secrets"
  [[ -z ${Tally__Accounts__OperatorPassword:-} ]] || password='password: Tally__Accounts__OperatorPassword of your settings'
  printf 'e-mail %s, %s' "${Tally__Accounts__OperatorEmail:-$OPERATOR_EMAIL}" "$password"
}
