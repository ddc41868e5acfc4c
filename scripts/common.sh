# shellcheck shell=bash
# Speaking, failing, and the few questions about files, processes and ports that every part asks.

say() { printf '%s\n' "$*"; }
# Not being able to say it, into a log on a full disk, is no reason to end.
step() { printf '%s› %s\n' "$(time_of_line)" "$*" >&2 || true; }
warn() { printf '%stally: %s\n' "$(time_of_line)" "$*" >&2 || true; }

utc_now() { date -u +%FT%TZ; }

# What goes into a log for days says when it was; what somebody reads at once does not need it.
WITH_TIME=false
time_of_line() { if $WITH_TIME; then printf '%s ' "$(utc_now)"; fi; }

# One clear line that says what to do, and a non-zero exit.
fail() {
  printf 'tally: %s\n' "$*" >&2
  exit 1
}

is_root() { ((EUID == 0)); }

# A time stamp that tells a process apart from a later one that was given the same number.
process_born() {
  local line
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # Field 22, counted after the command name, which may itself hold blanks and brackets.
  line=${line##*) }
  local -a fields
  read -ra fields <<<"$line"
  [[ ${fields[0]} != Z ]] || return 1
  printf '%s' "${fields[19]}"
}

# Pid files hold "pid born", so that a reused number is never mistaken for ours.
remember_process() { printf '%s %s\n' "$1" "$(process_born "$1" || true)" >"$2"; }

# Prints the pid in a pid file if that very process still runs.
living_process() {
  local pid born
  [[ -r $1 ]] && read -r pid born <"$1" || return 1
  [[ $pid =~ ^[0-9]+$ && -n $born && $(process_born "$pid" || true) == "$born" ]] || return 1
  printf '%s' "$pid"
}

# Ends one process: politely, then after the given seconds by force.
end_process() {
  local pid=$1 patience=$2 born tick
  born=$(process_born "$pid") || return 0
  kill -TERM "$pid" 2>/dev/null || return 0
  for ((tick = 0; tick < patience * 10; tick++)); do
    [[ $(process_born "$pid" || true) == "$born" ]] || return 0
    sleep 0.1
  done
  warn "process $pid did not stop within $patience s and is killed"
  kill -KILL "$pid" 2>/dev/null || true
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# True if that very process listens on the port, on whatever address.
process_listens() {
  local socket
  while read -r socket; do
    [[ -z $(find "/proc/$1/fd" -lname "socket:\[$socket\]" -print -quit 2>/dev/null) ]] || return 0
  done < <(awk -v port=":$(printf '%04X' "$2")\$" '$4 == "0A" && $2 ~ port { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  return 1
}

# Outside the range from which the kernel hands out ports, so that nothing takes it by chance meanwhile.
free_port() {
  local port try
  for ((try = 0; try < 200; try++)); do
    port=$((20000 + RANDOM % 10000))
    port_is_taken "$port" || {
      printf '%s' "$port"
      return 0
    }
  done
  fail "no free port between 20000 and 29999 on 127.0.0.1"
}

# The status code that a plain HTTP GET is answered with; empty if nobody answers.
http_status() {
  # shellcheck disable=SC2016  # expanded by the inner shell, from its own arguments
  timeout 5 bash -c '
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 0
    printf "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" "$2" >&3
    read -r _ status _ <&3 && printf "%s" "$status"' _ "$1" "$2" 2>/dev/null || true
}

megabytes_free() {
  local free
  free=$(df -Pk -- "$1" | awk 'NR == 2 { print $4 }')
  printf '%s' $((free / 1024))
}

require_space() {
  local free
  free=$(megabytes_free "$1")
  ((free >= $2)) || fail "only $free MB are free on the disk of $1, $2 MB are needed: free some space" \
    "or set TALLY_HOME to a folder on another disk"
}

random_secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
