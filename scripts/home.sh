# shellcheck shell=bash
# The data folder of one installation: whose it is, what may go wrong with it, its settings and its secrets.

declare -A SECRET=()

# Sets DATA and the folders in it, or says in one line why it cannot be used. Makes nothing.
locate_home() {
  DATA=${TALLY_HOME:-}
  if [[ -z $DATA ]]; then
    if is_root; then
      DATA=/var/lib/tallystick
    else
      [[ -n ${XDG_STATE_HOME:-}${HOME:-} ]] || fail "neither HOME nor TALLY_HOME is set: set TALLY_HOME to a folder"
      DATA=${XDG_STATE_HOME:-$HOME/.local/state}/tallystick
    fi
  fi
  DATA=$(realpath -m -- "$DATA")
  [[ $DATA != / ]] || fail "TALLY_HOME is '/': set it to a folder of its own"
  # These characters would need quoting in a connection string or in PostgreSQL's own settings.
  [[ $DATA =~ ^[A-Za-z0-9/._+@~-]+$ ]] ||
    fail "the data folder '$DATA' has a blank or a special character in its name: set TALLY_HOME to another folder"
  # A socket's whole path has at most 107 bytes.
  ((${#DATA} <= 107 - 20)) ||
    fail "the data folder's path is too long for a socket (${#DATA} of at most 87 characters): set TALLY_HOME to a shorter one"
  RUN=$DATA/run LOGS=$DATA/logs CLUSTER=$DATA/pg
}

is_our_home() { [[ -f $DATA/.tallystick ]]; }

# Makes the folder if need be and checks that it can be worked in.
open_home() {
  open_folder
  load_settings
  load_secrets
}

open_folder() {
  locate_home
  if [[ -e $DATA && ! -d $DATA ]]; then
    fail "the data folder '$DATA' is a file: set TALLY_HOME to a folder"
  fi
  if [[ ! -e $DATA ]]; then
    mkdir -p -- "$DATA" 2>/dev/null || fail "cannot make the data folder '$DATA': set TALLY_HOME to a folder of yours"
  fi
  if [[ ! -O $DATA ]] || [[ ! -r $DATA || ! -w $DATA || ! -x $DATA ]]; then
    fail "the data folder '$DATA' belongs to $(stat -c %U -- "$DATA") or is closed to $(id -un):" \
      "run as its owner, mend its rights (chmod u+rwx), or set TALLY_HOME to a folder of yours"
  fi
  if ! is_our_home; then
    [[ -z $(ls -A -- "$DATA") ]] ||
      fail "the folder '$DATA' holds something else: set TALLY_HOME to an empty or new folder"
    # Root's PostgreSQL account passes through; what is inside has a mode of its own.
    if is_root; then chmod 711 "$DATA"; else chmod 700 "$DATA"; fi
    : 2>/dev/null >"$DATA/.tallystick" || fail "cannot write to '$DATA': is the disk full or read-only?"
  fi
  install -d -m 700 "$RUN" "$LOGS" "$DATA/server" "$DATA/server/blobs" "$DATA/gate" ||
    fail "cannot make folders in '$DATA': is the disk full or read-only?"
}

# Every line of tallystick.conf is NAME=value. All that is wrong with it is said at once.
load_settings() {
  local file=$DATA/tallystick.conf line name value number=0 wrong=()
  [[ -e $file ]] || write_default_settings "$file"
  [[ -r $file ]] || fail "cannot read the settings in '$file': mend its rights"
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    [[ $line =~ ^[[:space:]]*(#|$) ]] && continue
    if [[ ! $line =~ ^(TALLY_[A-Z_]+|Tally__[A-Za-z0-9_]+|OTEL_[A-Z_]+|Logging__[A-Za-z0-9_]+)=(.*)$ ]]; then
      wrong+=("$file:$number: '$line' is not NAME=value with a name that begins with TALLY_, Tally__, OTEL_ or Logging__")
      continue
    fi
    name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
    # The environment wins over the file.
    [[ -v $name ]] || export "$name=$value"
  done <"$file"
  for name in TALLY_SERVER_PORT TALLY_GATE_PORT TALLY_STRIPE_PORT; do
    [[ ! -v $name || (${!name} =~ ^[0-9]{1,5}$ && $((10#${!name})) -ge 1 && $((10#${!name})) -le 65535) ]] ||
      wrong+=("$name is '${!name}': a port is a number from 1 to 65535")
  done
  if ((${#wrong[@]})); then
    printf 'tally: %s\n' "${wrong[@]}" >&2
    exit 78
  fi
  SERVER_PORT=${TALLY_SERVER_PORT:-8400} GATE_PORT=${TALLY_GATE_PORT:-8401} STRIPE_PORT=${TALLY_STRIPE_PORT:-8402}
  SERVER_URL=http://127.0.0.1:$SERVER_PORT GATE_URL=http://127.0.0.1:$GATE_PORT
  STRIPE_URL=http://127.0.0.1:$STRIPE_PORT
}

write_default_settings() {
  (umask 077 && cat >"$1") <<'TEXT' || fail "cannot write '$1': is the disk full?"
# Settings of this installation; a variable of the same name in the environment wins. NAME=value, one a line.
#TALLY_SERVER_PORT=8400
#TALLY_GATE_PORT=8401
#TALLY_STRIPE_PORT=8402
# How the two are reached from outside, when something stands in front of them:
#Tally__Server__PublicUrl=https://tally.example
#Tally__Server__GateUrl=https://gate.example
# That something, by address or network: what it says of who calls is believed, and of nobody else:
#Tally__Server__TrustedProxies__0=127.0.0.1
# Whom to tell of a security hole (/.well-known/security.txt):
#Tally__Server__SecurityContact=mailto:security@tally.example
# A PostgreSQL of your own (Npgsql connection string) instead of the private cluster:
#TALLY_DATABASE=Host=db.example;Database=tallystick;Username=tally;Password=…
# Real payments. Without a key they are simulated on this machine:
#TALLY_STRIPE_KEY=sk_…
#TALLY_STRIPE_WEBHOOK_SECRET=whsec_…
# Of the second endpoint, for events of connected accounts:
#TALLY_STRIPE_CONNECT_WEBHOOK_SECRET=whsec_…
# Traces by OTLP:
#OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317
TEXT
}

# Generated once and kept: losing them would lock out the gate and the operator. Every line is NAME=value.
load_secrets() {
  local file=$DATA/secrets line number=0 wrong=()
  SECRET=()
  if [[ -e $file ]]; then
    [[ -f $file && -r $file ]] || fail "cannot read the secrets in '$file': mend its rights (chmod 600)"
    while IFS= read -r line || [[ -n $line ]]; do
      number=$((number + 1))
      [[ $line =~ ^[[:space:]]*(#|$) ]] && continue
      # Never the line itself: it may be a secret.
      if [[ ! $line =~ ^([A-Z_]+)=([^[:space:]]+)[[:space:]]*$ ]]; then
        wrong+=("$file:$number: the line is not NAME=value")
      elif [[ -v SECRET[${BASH_REMATCH[1]}] ]]; then
        wrong+=("$file:$number: ${BASH_REMATCH[1]} stands here twice")
      else
        SECRET[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
      fi
    done <"$file"
  fi
  if ((${#wrong[@]})); then
    printf 'tally: %s\n' "${wrong[@]}" >&2
    exit 78
  fi
  local known=${#SECRET[@]}
  provide_secret DATABASE_PASSWORD ''
  provide_secret GATE_SECRET tgk_
  provide_secret OPERATOR_KEY tsk_
  provide_secret OPERATOR_PASSWORD ''
  provide_secret SIMULATED_STRIPE_KEY sk_test_
  provide_secret SIMULATED_WEBHOOK_SECRET whsec_
  ((${#SECRET[@]} == known)) || keep_secrets
}

provide_secret() { [[ -n ${SECRET[$1]:-} ]] || SECRET[$1]=$2$(random_secret); }

# The whole file at once: a crash leaves the one before or this one, never a part.
keep_secrets() {
  local name
  (
    umask 077
    for name in "${!SECRET[@]}"; do printf '%s=%s\n' "$name" "${SECRET[$name]}"; done | sort >"$DATA/secrets.new" &&
      sync -- "$DATA/secrets.new" && mv -f -- "$DATA/secrets.new" "$DATA/secrets"
  ) 2>/dev/null || fail "cannot write '$DATA/secrets': is the disk full?"
}
