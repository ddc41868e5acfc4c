# shellcheck shell=bash
# The commands that run the product; each one reads like what it does.

# The suites run what they have just built, and that is a debug build.
CONFIGURATION=${TALLY_CONFIGURATION:-Release}
HOST_ENVIRONMENT=Production

# What each takes, and what it is for.
usage_of() {
  case $1 in
    up) printf '%s\n' 'usage: ./tally up [--detach]' 'Starts everything on this machine; Ctrl-C stops it. With --detach it runs in the background.' ;;
    dev) printf '%s\n' 'usage: ./tally dev' 'Like up, with a debug build and the logs on the screen.' ;;
    demo) printf '%s\n' 'usage: ./tally demo [--exit]' 'Plays a whole story with data of its own, then goes on running; with --exit it stops at the end.' ;;
    stop) printf '%s\n' 'usage: ./tally stop' 'Stops what runs in the background, the demo too.' ;;
    restart) printf '%s\n' 'usage: ./tally restart server|gate|stripe|database' 'Restarts one process of what runs, also one that kept ending and was given up.' ;;
    unlock) printf '%s\n' 'usage: ./tally unlock [EMAIL]' "Lets an account in again that others' guesses locked; the operator's, if none is named." ;;
    upgrade-database) printf '%s\n' 'usage: ./tally upgrade-database' 'Moves the database to the newest PostgreSQL on this machine. Stop Tallystick first. The old one is kept beside it.' ;;
    gate) printf '%s\n' 'usage: ./tally gate repair [--apply]' \
      'For a gate that says its log is damaged: shows what can be saved; with --apply saves it and keeps the damaged file beside it.' ;;
    reset) printf '%s\n' 'usage: ./tally reset [--yes]' 'Stops and deletes all data of this installation; asks first, unless --yes is given.' ;;
    doctor) printf '%s\n' 'usage: ./tally doctor' 'Says what was found on this machine, and what is missing.' ;;
    test) printf '%s\n' 'usage: ./tally test [FILTER]' "Runs every suite, or the tests whose name contains FILTER." ;;
    bench) printf '%s\n' 'usage: ./tally bench [--json FILE] [FILTER]' 'Measures, each figure beside a named baseline of the same run.' ;;
    fuzz) printf '%s\n' 'usage: ./tally fuzz MINUTES' 'Throws random bytes at every parser.' ;;
  esac
}

wrong_usage() { fail "$(usage_of "$1" | sed -n 1p)"; }

asks_for_help() {
  local argument
  for argument in "$@"; do
    if [[ $argument == --help || $argument == -h ]]; then return 0; fi
  done
  return 1
}

command_up() {
  local detach=false watched=false argument
  for argument in "$@"; do
    case $argument in
      --detach) detach=true ;;
      # Only for this script's own use: what --detach leaves running.
      --watched) watched=true ;;
      *) wrong_usage up ;;
    esac
  done
  open_home
  take_lock || {
    wait_for_other_run
    say 'Tallystick is running already.'
    print_urls
    tell_given_up
    return 0
  }
  require_sdk
  # Here and not by the watcher alone: what is installed takes a while, and is said on the screen.
  require_database
  require_space "$DATA" 500
  build "$CONFIGURATION" "$PRODUCT"
  if $detach; then
    run_detached
  else
    run_watched "$watched"
  fi
}

command_dev() {
  (($# == 0)) || wrong_usage dev
  CONFIGURATION=Debug
  HOST_ENVIRONMENT=Development
  open_home
  take_lock || fail "Tallystick is running already: ./tally stop, then try again"
  require_sdk
  require_database
  require_space "$DATA" 500
  build "$CONFIGURATION" "$PRODUCT"
  touch "$LOGS/server.log" "$LOGS/gate.log"
  # Ends with this script, whatever ends it.
  tail --pid=$$ -q -n 0 -F "$LOGS/server.log" "$LOGS/gate.log" 9>&- &
  run_watched false
}

# Held by the watcher for as long as it lives; the kernel lets go of it also after kill -9.
take_lock() {
  exec 9>"$RUN/lock"
  flock -n 9 && return 0
  if living_process "$RUN/watcher.pid" >/dev/null; then return 1; fi
  # The helpers of a killed watcher outlive it by a moment and hold the lock that long.
  flock -w 5 9
}

wait_for_other_run() {
  local tick
  for ((tick = 0; tick < READY_SECONDS_MOST * 5; tick++)); do
    [[ ! -f $RUN/ready ]] || return 0
    sleep 0.2
  done
  fail "another ./tally up is busy in $DATA and does not get ready: see $LOGS, or ./tally stop"
}

run_watched() {
  trap 'stop_watching 130' INT
  trap 'stop_watching 143' TERM HUP
  remember_process $$ "$RUN/watcher.pid"
  rm -f "$RUN/ready"
  start_everything
  touch "$RUN/ready"
  $1 || {
    say 'Tallystick is running; Ctrl-C stops it.'
    print_urls
  }
  watch_over
}

stop_watching() {
  trap '' INT TERM HUP
  step 'stopping'
  stop_everything
  rm -f "$RUN/watcher.pid"
  # Asked to stop and stopped: that is success for the one who asked.
  [[ $1 == 130 ]] && exit 0
  exit "$1"
}

run_detached() {
  local watcher log=$LOGS/watcher.log
  rm -f "$RUN/ready"
  exec 9>&-
  : >"$log"
  TALLY_HOME=$DATA setsid "$TALLY_SELF" up --watched >>"$log" 2>&1 </dev/null &
  watcher=$!
  until [[ -f $RUN/ready ]]; do
    process_born "$watcher" >/dev/null || {
      cat "$log" >&2
      exit 1
    }
    sleep 0.2
  done
  say 'Tallystick is running in the background; ./tally stop stops it.'
  print_urls
}

command_stop() {
  (($# == 0)) || wrong_usage stop
  locate_home
  is_our_home || {
    say "Nothing runs: there is no data folder '$DATA'."
    return 0
  }
  if [[ -f $DATA/demo/.tallystick ]]; then
    # It has said why not.
    TALLY_HOME=$DATA/demo "$TALLY_SELF" stop || exit
  fi
  # Without settings and secrets: whatever is wrong with them, it can be stopped.
  open_folder
  stop_installation
  say "Stopped ($DATA)."
}

stop_installation() {
  local watcher
  if watcher=$(living_process "$RUN/watcher.pid"); then
    end_process "$watcher" 90
  fi
  # What a killed watcher left behind.
  stop_everything
}

command_restart() {
  [[ $# -eq 1 && $1 =~ ^(server|gate|stripe|database)$ ]] || wrong_usage restart
  open_home
  living_process "$RUN/watcher.pid" >/dev/null || fail "nothing runs in '$DATA': ./tally up starts it"
  local pid
  if [[ $1 == database ]]; then
    database_is_private || fail "the database is your own (TALLY_DATABASE): restart it by its own means"
    require_database
    cluster_stop "$CLUSTER" fast
  elif pid=$(living_process "$RUN/$1.pid"); then
    end_process "$pid" 20
  fi
  rm -f "$RUN/$1.given-up"
  until runs "$1" && is_ready "$1"; do
    if is_given_up "$1" || ! living_process "$RUN/watcher.pid" >/dev/null; then
      fail "the $1 did not come back: see $(log_of "$1")"
    fi
    sleep 0.2
  done
  say "The $1 was restarted."
}

# The way back in for whom strangers' guesses have locked out, first of all the operator.
command_unlock() {
  (($# <= 1)) || wrong_usage unlock
  local COMMAND
  open_home
  living_process "$RUN/watcher.pid" >/dev/null || fail "nothing runs in '$DATA': ./tally up starts it"
  require_sdk
  build "$CONFIGURATION" Tallystick.Server
  command_of server
  environment_of server
  # In this script's place: a refusal has been said, and is no unexpected failure here.
  exec "${COMMAND[@]}" unlock "${1:-}"
}

# A gate whose disk has changed what it held does not start: it must not bill less than it delivered without anybody knowing.
command_gate() {
  [[ ${1:-} == repair && $# -le 2 && ${2:---apply} == --apply ]] || wrong_usage gate
  local COMMAND
  open_home
  require_sdk
  build "$CONFIGURATION" Tallystick.Gate
  command_of gate
  environment_of gate
  # In this script's place: what it says, and that there is something to repair, is no unexpected failure here.
  exec "${COMMAND[@]}" repair "${@:2}"
}

command_reset() {
  local answer=
  [[ $# -eq 0 || $* == --yes ]] || wrong_usage reset
  locate_home
  [[ -e $DATA ]] || {
    say "Nothing to delete: there is no '$DATA'."
    return 0
  }
  is_our_home || fail "'$DATA' is not a data folder of Tallystick: nothing was deleted"
  if [[ $* != --yes ]]; then
    [[ -t 0 ]] || fail "this deletes everything in '$DATA': confirm with ./tally reset --yes"
    read -r -p "Delete all works, licences and books in '$DATA'? Type 'delete': " answer
    [[ $answer == delete ]] || fail "nothing was deleted"
  fi
  command_stop >/dev/null
  # The mark goes last, so that a deletion that was cut short can be taken up again.
  find "$DATA" -mindepth 1 -maxdepth 1 ! -name .tallystick -exec rm -rf -- {} +
  rm -f "$DATA/.tallystick"
  say "Deleted everything in '$DATA'."
}

# A story of its own with books of its own: nothing of it gets into the data of `up`.
command_demo() {
  local leave=true argument status=0
  for argument in "$@"; do
    [[ $argument == --exit ]] || wrong_usage demo
    leave=false
  done
  # Cards, identity and the bank's days are a person's part there, on the gateway's own pages.
  payments_are_simulated || fail "the demo pays by card and onboards creators by itself, which only its payment simulator allows:" \
    "unset TALLY_STRIPE_KEY for it, or go the same way by hand with './tally up' and './tally --help'"
  open_home
  require_sdk
  require_database
  build Release "$PRODUCT"
  provide_optional sklearn
  local demo=$DATA/demo
  if [[ -f $demo/.tallystick ]]; then TALLY_HOME=$demo "$TALLY_SELF" reset --yes || exit; fi
  choose_demo_ports
  # It has said why not.
  TALLY_HOME=$demo "$TALLY_SELF" up --detach || exit
  demo_environment "$demo"
  "$DOTNET" "$(output_of Tallystick.Demo Release)/Tallystick.Demo.dll" "$@" || status=$?
  if $leave; then
    say "It goes on running; './tally stop' ends it."
    say "sign in  as operator: $SERVER_URL/sign-in, $(operator_sign_in)"
  else
    TALLY_HOME=$demo "$TALLY_SELF" stop || exit
    say "To look at all this in the browser and on the command line: ./tally demo (without --exit it goes on running)."
  fi
  exit "$status"
}

choose_demo_ports() {
  local name port
  for name in TALLY_SERVER_PORT TALLY_GATE_PORT TALLY_STRIPE_PORT; do
    port=${!name:-}
    case $name in
      TALLY_SERVER_PORT) port=${port:-8400} ;;
      TALLY_GATE_PORT) port=${port:-8401} ;;
      TALLY_STRIPE_PORT) port=${port:-8402} ;;
    esac
    if port_is_taken "$port"; then port=$(free_port) || exit; fi
    export "$name=$port"
  done
}

demo_environment() {
  export TALLY_HOME=$1 TALLY_COMMAND=$TALLY_SELF TALLY_OPERATOR_KEY TALLY_PYTHON
  open_home
  TALLY_OPERATOR_KEY=${SECRET[OPERATOR_KEY]}
  TALLY_PYTHON=$(python_with_sklearn)
  client_environment
}

client_environment() {
  export TALLY_SERVER_URL=${TALLY_SERVER_URL:-$SERVER_URL} TALLY_GATE_URL=${TALLY_GATE_URL:-$GATE_URL}
  export TALLY_STRIPE_URL=${TALLY_STRIPE_URL:-$STRIPE_URL}
}

# The command line of creators and buyers needs no data folder; if there is one, it says where the server is.
run_cli() {
  require_sdk
  build "$CONFIGURATION" Tallystick.Cli
  locate_home
  if is_our_home && [[ -r $DATA/tallystick.conf ]]; then
    load_settings
    client_environment
  fi
  exec "$DOTNET" "$(output_of Tallystick.Cli "$CONFIGURATION")/tally.dll" "$@"
}
