# shellcheck shell=bash
# Finds the programs that Tallystick needs, installs them where it may, or says the one command that does.

readonly NEEDED_SDK=10.0.100
readonly NEEDED_POSTGRES=15
readonly NEEDED_NODE=20
readonly NODE_OF_NPM=22.22.0

apt_was_updated=false

can_install() { is_root && command -v apt-get >/dev/null; }

apt_install() {
  local log
  log=$(mktemp)
  step "installing $*"
  export DEBIAN_FRONTEND=noninteractive
  if ! $apt_was_updated; then
    apt-get update -qq -o DPkg::Lock::Timeout=120 >"$log" 2>&1 || true
    apt_was_updated=true
  fi
  if ! apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >>"$log" 2>&1; then
    warn "apt-get install $* failed: $(grep -E '^E:' "$log" | head -n 1)"
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# Every optional program: its name here, how it is recognised, the Debian packages that carry it.
need_is_met() {
  case $1 in
    aria2) command -v aria2c >/dev/null ;;
    chromium) command -v chromium >/dev/null || command -v google-chrome >/dev/null ;;
    curl | rclone | wget | wrk) command -v "$1" >/dev/null ;;
    faketime) compgen -G '/usr/lib/*-linux-gnu/faketime/libfaketime.so.1' >/dev/null ;;
    go) command -v go >/dev/null && [[ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ]] ;;
    nginx) command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]] ;;
    node) node_is_new && command -v npm >/dev/null ;;
    secp256k1) has_library libsecp256k1.so ;;
    sklearn) [[ -n $(python_with_sklearn) ]] ;;
    sodium) has_library libsodium.so.23 ;;
    pandas) [[ -n $(python_with pandas fsspec aiohttp requests) ]] ;;
    *) fail "unknown need '$1' (known: aria2 chromium curl faketime go nginx node pandas rclone secp256k1 sklearn sodium wget wrk)" ;;
  esac
}

packages_of() {
  case $1 in
    chromium) printf 'chromium fonts-liberation' ;;
    go) printf 'golang-go golang-golang-x-mod-dev' ;;
    node) printf 'nodejs npm' ;;
    pandas) printf 'python3-pandas python3-fsspec python3-aiohttp python3-requests' ;;
    postgres) printf 'postgresql' ;;
    secp256k1) printf 'libsecp256k1-1' ;;
    sklearn) printf 'python3-sklearn' ;;
    sodium) printf 'libsodium23' ;;
    *) printf '%s' "$1" ;;
  esac
}

node_is_new() {
  local version
  version=$(node --version 2>/dev/null | sed -nE 's/^v([0-9]+)\..*/\1/p') || return 1
  [[ -n $version ]] && ((version >= NEEDED_NODE))
}

# Debian 12 carries an older one; npm has the program of every release.
provide_newer_node() {
  local machine folder=$TALLY_REPO/artifacts/node
  command -v npm >/dev/null || return 0
  case $(uname -m) in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) return 0 ;;
  esac
  local program=$folder/node_modules/node-linux-$machine/bin
  if [[ ! -x $program/node ]]; then
    step "laying Node $NODE_OF_NPM from npm: the one that is installed is older than $NEEDED_NODE"
    mkdir -p "$folder"
    npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error \
      "node-linux-$machine@$NODE_OF_NPM" >/dev/null || warn "npm install failed: what needs Node is skipped"
  fi
  if [[ -x $program/node ]]; then export PATH=$program:$PATH; fi
}

has_library() { ldconfig -p 2>/dev/null | grep -qF "$1" || /sbin/ldconfig -p 2>/dev/null | grep -qF "$1"; }

python_with_sklearn() { python_with sklearn; }

# The first Python that really has these modules: a version manager's shim may hide Debian's.
python_with() {
  local python
  for python in python3 /usr/bin/python3; do
    "$python" -c 'import importlib.util, sys; sys.exit(None in map(importlib.util.find_spec, sys.argv[1:]))' "$@" \
      2>/dev/null && {
      printf '%s' "$python"
      return 0
    }
  done
  return 0
}

# Tries to have every named program; what cannot be had is said and left to the caller to do without.
provide_optional() {
  local need missing=()
  for need in "$@"; do
    if [[ $need == node ]] && ! need_is_met node; then provide_newer_node; fi
    need_is_met "$need" || missing+=("$need")
  done
  ((${#missing[@]})) || return 0
  local packages=()
  for need in "${missing[@]}"; do
    read -ra found <<<"$(packages_of "$need")"
    packages+=("${found[@]}")
  done
  if can_install; then
    apt_install "${packages[@]}" || true
    if [[ " ${missing[*]} " == *' node '* ]] && ! need_is_met node; then provide_newer_node; fi
  else
    warn "not found: ${missing[*]}; to have what needs them too: sudo apt-get install ${packages[*]}"
  fi
}

require_sdk() {
  local candidate
  # All of ours is invariant; a bare Debian has no ICU, and the SDK's own commands would end without it.
  export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
  for candidate in "$(command -v dotnet || true)" "${DOTNET_ROOT:-/nowhere}/dotnet" \
    "${HOME:-/nowhere}/.dotnet/dotnet" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
    if [[ -x $candidate ]] && sdk_fits "$candidate"; then
      use_sdk "$candidate"
      return 0
    fi
  done
  # Debian itself carries no SDK, Ubuntu and Microsoft's feed do.
  if can_install && apt-cache show dotnet-sdk-10.0 >/dev/null 2>&1 && apt_install dotnet-sdk-10.0; then
    candidate=$(command -v dotnet || true)
    if [[ -n $candidate ]] && sdk_fits "$candidate"; then
      use_sdk "$candidate"
      return 0
    fi
  fi
  fail "the .NET SDK $NEEDED_SDK or newer (10.0) is missing: run" \
    "'curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0' and try again"
}

sdk_fits() { (cd "$TALLY_REPO" && "$1" --version) >/dev/null 2>&1; }

use_sdk() {
  DOTNET=$(readlink -f "$1")
  DOTNET_ROOT=$(dirname "$DOTNET")
  export DOTNET DOTNET_ROOT
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
  # Without a home folder (a service account) the command line has nowhere to keep its state.
  [[ -n ${HOME:-} && -w ${HOME:-} ]] || export DOTNET_CLI_HOME="${TMPDIR:-/tmp}/tallystick-dotnet-$UID"
}

# Sets POSTGRES_BIN to the folder of the newest server that is new enough, or of just the one version that is asked for.
require_postgres() {
  if [[ -n ${1:-} ]]; then
    require_postgres_of "$1"
    return 0
  fi
  find_postgres && return 0
  if can_install; then
    # The package would otherwise create and start a cluster of its own on the common port.
    local refusal=/etc/postgresql-common/createcluster.d/tallystick.conf
    mkdir -p "$(dirname "$refusal")"
    printf 'create_main_cluster = false\n' >"$refusal"
    apt_install postgresql || true
    rm -f "$refusal"
    find_postgres && return 0
  fi
  fail "PostgreSQL $NEEDED_POSTGRES or newer (the server) is missing: run 'sudo apt-get install postgresql'" \
    "and try again"
}

# A cluster is run by the version that made it and by no other.
require_postgres_of() {
  find_postgres "$1" && return 0
  if can_install && apt-cache show "postgresql-$1" >/dev/null 2>&1; then
    apt_install "postgresql-$1" || true
    find_postgres "$1" && return 0
  fi
  fail "the database was made by PostgreSQL $1, which is not on this machine: install it" \
    "(sudo apt-get install postgresql-$1) and try again; ./tally upgrade-database then moves it to a newer one"
}

find_postgres() {
  local folder newest=0 version only=${1:-}
  POSTGRES_BIN=
  for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin "$(dirname "$(command -v initdb || true)")"; do
    [[ -x $folder/initdb && -x $folder/postgres && -x $folder/pg_ctl ]] || continue
    version=$(postgres_version "$folder")
    [[ -z $only || $version == "$only" ]] || continue
    if (((version >= NEEDED_POSTGRES || ${#only}) && version > newest)); then
      newest=$version
      POSTGRES_BIN=$folder
    fi
  done
  [[ -n $POSTGRES_BIN ]]
}

# The major version of the server in a folder, or of the one that was found.
postgres_version() { "${1:-$POSTGRES_BIN}/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/'; }

# Lays the npm packages of a folder that has a lock file; done once per state of that file.
provide_npm() {
  local folder=$1 stamp=$1/node_modules/.tallystick
  [[ -f $folder/package-lock.json ]] || return 0
  [[ $stamp -nt $folder/package-lock.json ]] && return 0
  need_is_met node || return 0
  step "npm packages of ${folder#"$TALLY_REPO"/}"
  if (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error >/dev/null); then
    touch "$stamp"
  else
    warn "npm ci failed in $folder: what needs it is skipped"
  fi
}
