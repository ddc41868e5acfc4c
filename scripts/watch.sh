# shellcheck shell=bash
# The one that watches over the processes of an installation, and keeps their logs within bounds.

readonly RESTARTS_MOST=5 RESTART_WINDOW_SECONDS=60
readonly LOG_MEGABYTES_MOST=20 LOGS_KEPT=5 LOG_DAYS_MOST=30 LOGS_LOOKED_AT_EVERY_SECONDS=5

# When each ended, within the window, by its name.
declare -A DEATHS=()

disk_is_full() { (($(megabytes_free "$DATA") < DISK_MEGABYTES_LEAST)); }

# On a full disk nothing stays up and starting it again is no cure: what ended waits until there is space.
wait_for_space() {
  disk_is_full || return 0
  warn "the disk of $DATA is full ($(megabytes_free "$DATA") MB free): what ended is started again when there is space"
  while disk_is_full; do
    sleep 1 9>&- &
    wait $! || true
  done
  DEATHS=()
}

# Restarts what died. What dies again and again is broken: it alone is left alone, and that is said; the rest goes on.
watch_over() {
  local name looked=0
  [[ -t 2 ]] || WITH_TIME=true
  while true; do
    sleep 1 9>&- &
    wait $! || true
    if ! database_runs && may_start database; then
      warn 'PostgreSQL ended: starting it again'
      wait_for_space
      (start_database) || true
    fi
    for name in $(service_names); do
      living_process "$RUN/$name.pid" >/dev/null && continue
      may_start "$name" || continue
      warn "the $(spoken_name "$name") ended: starting it again"
      wait_for_space
      start_service "$name"
    done
    if ((SECONDS - looked >= LOGS_LOOKED_AT_EVERY_SECONDS)); then
      looked=$SECONDS
      bound_logs
    fi
  done
}

is_given_up() { [[ -e $RUN/$1.given-up ]]; }

# Counts one more end of it. False once there were too many: until somebody asks for it (./tally restart) it stays as it is.
may_start() {
  local name=$1 now at kept=()
  if is_given_up "$name"; then return 1; fi
  now=$(date +%s)
  for at in ${DEATHS[$name]:-}; do
    if ((at > now - RESTART_WINDOW_SECONDS)); then kept+=("$at"); fi
  done
  kept+=("$now")
  DEATHS[$name]=${kept[*]}
  ((${#kept[@]} > RESTARTS_MOST)) || return 0
  : >"$RUN/$name.given-up"
  DEATHS[$name]=
  warn "the $(spoken_name "$name") ended ${#kept[@]} times within $RESTART_WINDOW_SECONDS s and is not started again: the rest goes on." \
    "See $(log_of "$name"), mend it, then: ./tally restart $name"
  return 1
}

log_of() { if [[ $1 == database ]]; then printf '%s' "$CLUSTER/postgres.log"; else printf '%s' "$LOGS/$1.log"; fi; }

# What somebody who asks for it now should know first.
tell_given_up() {
  local name
  for name in database $(service_names); do
    if is_given_up "$name"; then
      warn "the $(spoken_name "$name") kept ending and is not running: see $(log_of "$name"), mend it, then: ./tally restart $name"
    fi
  done
}

# Each is written by a process that has it open: it is copied and emptied, so that the next line goes to the same file.
bound_logs() {
  local log
  for log in "$LOGS"/*.log "$CLUSTER/postgres.log" "$CLUSTER/initdb.log"; do
    [[ -f $log && $(stat -c %s "$log") -gt $((LOG_MEGABYTES_MOST * 1000000)) ]] || continue
    rotate_log "$log"
  done
  find "$LOGS" "$CLUSTER" -maxdepth 1 -name '*.log.[0-9]*' -mtime "+$LOG_DAYS_MOST" -delete 2>/dev/null || true
}

rotate_log() {
  local log=$1 number
  for ((number = LOGS_KEPT - 1; number >= 1; number--)); do
    [[ ! -f $log.$number ]] || mv -f "$log.$number" "$log.$((number + 1))" || true
  done
  # A full disk keeps no copy, and would be no better off with a log that goes on growing.
  (umask 077 && cp "$log" "$log.1") 2>/dev/null || rm -f "$log.1"
  : >"$log" || true
}
