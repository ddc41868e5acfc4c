# shellcheck shell=bash
# Moves the private cluster to the newest PostgreSQL on this machine. The old one stays as it was, beside the new.

command_upgrade_database() {
  (($# == 0)) || wrong_usage upgrade-database
  local made newest old_bin new_bin kept
  open_home
  database_is_private || fail "the database is your own (TALLY_DATABASE): upgrade it by its own means"
  made=$(cluster_version "$CLUSTER")
  [[ -n $made ]] || fail "there is no database in '$DATA' yet: ./tally up makes one"
  take_lock || fail "Tallystick is running: ./tally stop, then try again"
  require_postgres "$made"
  old_bin=$POSTGRES_BIN
  find_postgres
  new_bin=$POSTGRES_BIN
  newest=$(postgres_version "$new_bin")
  if ((newest <= made)); then
    say "The database is PostgreSQL $made, the newest on this machine: there is nothing to do."
    return 0
  fi
  choose_postgres_account
  kept=$DATA/pg-$made-$(date -u +%Y%m%dT%H%M%SZ)
  upgrade_cluster "$old_bin" "$new_bin" "$kept"
  say "The database is PostgreSQL $newest now. The old one is kept in $kept: delete it when you are sure that all is well."
}

# upgrade_cluster OLD_BIN NEW_BIN KEPT   (all or nothing: until the new one has started, the old one is in its place)
upgrade_cluster() {
  local old_bin=$1 new_bin=$2 kept=$3 fresh=$DATA/pg-new megabytes options=()
  megabytes=$(du -sm -- "$CLUSTER" | cut -f 1)
  require_space "$DATA" $((megabytes + 500))
  POSTGRES_BIN=$old_bin
  # Whatever a crash left half done is finished by the version that began it.
  cluster_start "$CLUSTER"
  cluster_stop "$CLUSTER" fast
  as_postgres "$old_bin/pg_controldata" "$CLUSTER/data" | grep -q '^Data page checksum version: *0$' || options=(--data-checksums)
  # From 18 on they are the default, and both must be alike.
  if ((${#options[@]} == 0)) && "$new_bin/initdb" --help | grep -q -- --no-data-checksums; then options=(--no-data-checksums); fi
  step "copying the database ($megabytes MB)"
  POSTGRES_BIN=$new_bin
  cluster_init "$fresh" "$CLUSTER" true "${options[@]}"
  (cd "$fresh" && in_folder_of_postgres "$new_bin/pg_upgrade" -b "$old_bin" -B "$new_bin" -d "$CLUSTER/data" -D "$fresh/data" \
    -U "$POSTGRES_ACCOUNT" -s "$fresh") >"$LOGS/upgrade-database.log" 2>&1 ||
    fail "pg_upgrade failed and nothing was changed: $(tail -n 2 "$LOGS/upgrade-database.log" | tr '\n' ' ')" \
      "(whole log: $LOGS/upgrade-database.log)"
  cp -p "$CLUSTER/data/port.conf" "$fresh/data/port.conf"
  as_postgres touch "$fresh/complete"
  mv "$CLUSTER" "$kept"
  mv "$fresh" "$CLUSTER"
  if ! (cluster_start "$CLUSTER" && cluster_analyze "$CLUSTER"); then
    cluster_stop "$CLUSTER" fast
    mv "$CLUSTER" "$fresh"
    mv "$kept" "$CLUSTER"
    fail "the new database did not start and the old one is in its place again (the new one: $fresh)"
  fi
  cluster_stop "$CLUSTER" fast
}

# pg_upgrade keeps its logs where it is called.
in_folder_of_postgres() {
  if is_root; then setpriv --reuid="$POSTGRES_ACCOUNT" --regid="$(id -gn "$POSTGRES_ACCOUNT")" --init-groups -- "$@"; else "$@"; fi
}

# The planner's figures are not copied; without them the first hours are slow.
cluster_analyze() {
  step "counting rows anew, for the planner"
  as_postgres "$POSTGRES_BIN/vacuumdb" -h "$1" -p "$(cluster_port "$1")" -U "$POSTGRES_ACCOUNT" -d tallystick --analyze-only -q
}
