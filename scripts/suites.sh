# shellcheck shell=bash
# Runs the suites: every project under tests/ is one executable, every one says its own numbers,
# and this part adds them up. A suite that crashes, hangs or says nothing counts as failed.

readonly SUITE_SECONDS_MAX=${TALLY_SUITE_SECONDS_MAX:-1800}
readonly CRASH_LINES=200
readonly TEST_FOLDERS=${TMPDIR:-/tmp}/tallystick-test

passed=0 failed=0 skipped=0

command_test() {
  (($# <= 1)) || wrong_usage test
  # Test names are sentences: blanks may be typed as blanks.
  local filter=${1:-} suite suites=()
  filter=${filter// /_}
  [[ $filter =~ ^[A-Za-z0-9_.+]*$ ]] || fail "a filter is a part of a test's name: letters, digits, '_', '.', '+'"
  require_sdk
  mapfile -t suites < <(candidate_suites "$filter")
  if ((${#suites[@]} == 0)); then
    warn "no test's name contains '$filter'"
    say '0 passed, 0 failed, 0 skipped'
    exit 1
  fi

  sweep_test_folders
  make_test_folder
  trap 'remove_test_folder "$TEST_FOLDER"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM

  if [[ -z $filter ]]; then
    build Debug
  else
    build Debug "${suites[@]}"
  fi
  provide_for_suites "${suites[@]}"
  for suite in "${suites[@]}"; do
    run_suite "$suite" "$filter"
  done
  [[ -n $filter ]] || print_slowest
  print_skipped
  print_failed
  ((passed + failed + skipped > 0)) || warn "no test ran"
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  ((failed == 0 && passed + skipped > 0)) || exit 1
}

# A suite can hold a matching test only if each part of the filter occurs in its sources or its name.
# This is generous on purpose: a suite without a match simply runs nothing.
candidate_suites() {
  local filter=$1 folder name part fits
  for folder in "$TALLY_REPO"/tests/*.Tests; do
    name=$(basename "$folder")
    [[ -f $folder/$name.csproj ]] || continue
    fits=true
    for part in ${filter//[.+]/ }; do
      [[ ${name,,} == *"${part,,}"* ]] || grep -rqiF --include='*.cs' -e "$part" "$folder" || fits=false
    done
    if $fits; then printf '%s\n' "$name"; fi
  done
}

# What a suite needs besides .NET stands in its needs.txt, one name a line (see needs.sh).
provide_for_suites() {
  local suite need needs=() lock
  while read -r need; do
    case $need in
      postgres) start_test_postgres false ;;
      product) build Debug "$PRODUCT" ;;
      *) needs+=("$need") ;;
    esac
  done < <(named_needs "$@")
  provide_optional "${needs[@]}"
  TALLY_PYTHON=$(python_with_sklearn)
  export TALLY_PYTHON
  for suite in "$@"; do
    while IFS= read -r lock; do
      provide_npm "$(dirname "$lock")"
    done < <(find "$TALLY_REPO/tests/$suite" -name node_modules -prune -o -name package-lock.json -print)
  done
}

named_needs() {
  local suite
  for suite in "$@"; do
    if [[ -f $TALLY_REPO/tests/$suite/needs.txt ]]; then cat "$TALLY_REPO/tests/$suite/needs.txt"; fi
  done | awk '/^[a-z]/ && !seen[$1]++ { print $1 }'
}

# start_test_postgres DURABLE(true|false)
start_test_postgres() {
  require_postgres
  choose_postgres_account
  local password
  password=$(random_secret)
  cluster_create "$TEST_FOLDER/pg" "$1" true
  cluster_password "$TEST_FOLDER/pg" "$password"
  TALLY_TEST_POSTGRES=$(cluster_connection "$TEST_FOLDER/pg" postgres "$password")
  export TALLY_TEST_POSTGRES
}

make_test_folder() {
  TEST_FOLDER=$(mktemp -d "$TEST_FOLDERS.XXXXXX")
  # The account that runs PostgreSQL passes through; everything inside has a mode of its own.
  chmod 711 "$TEST_FOLDER"
  mkdir -m 1777 "$TEST_FOLDER/tmp"
  remember_process $$ "$TEST_FOLDER/owner"
}

remove_test_folder() {
  if [[ -d $1/pg ]]; then
    find_postgres && choose_postgres_account && cluster_stop "$1/pg" immediate
  fi
  rm -rf "$1"
}

# A run that was killed could not clean up after itself: the next one does.
sweep_test_folders() {
  local folder
  for folder in "$TEST_FOLDERS".*; do
    [[ -O $folder && -f $folder/owner ]] || continue
    living_process "$folder/owner" >/dev/null || remove_test_folder "$folder"
  done
}

run_suite() {
  local suite=$1 filter=$2 started=$SECONDS status=0 log=$TEST_FOLDER/$1.log only=()
  [[ -z $filter ]] || only=(--filter-method "*$filter*")
  printf '› %-32s ' "$suite"
  # In a folder of its own, from which nothing is read by accident; what it leaves behind goes with the run;
  # ended when it hangs.
  mkdir -p "$TEST_FOLDER/$suite"
  {
    env -C "$TEST_FOLDER/$suite" TESTINGPLATFORM_TELEMETRY_OPTOUT=1 TALLY_REPO="$TALLY_REPO" TMPDIR="$TEST_FOLDER/tmp" \
      timeout --kill-after=10 "$SUITE_SECONDS_MAX" "$(output_of "$suite" Debug)/$suite" \
      --no-ansi --no-progress --output Detailed --max-threads 2.0x --results-directory "$TEST_FOLDER/$suite" "${only[@]}" \
      >"$log" 2>&1 </dev/null || status=$?
  } 2>/dev/null # bash's own word about a killed child; the count below says it better
  count_suite "$suite" "$log" "$status" $((SECONDS - started))
}

# The numbers stand in the summary at the end of what the suite printed.
count_suite() {
  local suite=$1 log=$2 status=$3 seconds=$4 good bad left
  read -r good bad left < <(awk '
    /^Test run summary:/ { open = 1; good = bad = left = "" }
    open && $1 == "succeeded:" { good = $2 }
    open && $1 == "failed:" { bad = $2 }
    open && $1 == "skipped:" { left = $2 }
    END { print good, bad, left }' "$log") || true
  if [[ ! $good =~ ^[0-9]+$ || ! $bad =~ ^[0-9]+$ || ! $left =~ ^[0-9]+$ ]]; then
    failed=$((failed + 1))
    printf 'crashed (exit %d after %d s)\n' "$status" "$seconds"
    tail -n "$CRASH_LINES" "$log"
    return 0
  fi
  # 8 says that no test ran, which is no fault of a suite that a filter passed by.
  if ((status != 0 && status != 8 && bad == 0)); then
    bad=1
    tail -n "$CRASH_LINES" "$log"
  fi
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
  printf '%d passed, %d failed, %d skipped, %d s\n' "$good" "$bad" "$left" "$seconds"
}

print_skipped() {
  ((skipped > 0)) || return 0
  say 'Skipped, and why:'
  awk '/^skipped .* \([^()]*\)$/ { sub(/^skipped /, ""); sub(/ \([^()]*\)$/, ""); name = $0; getline reason
    sub(/^ +/, "", reason); print "  " name ": " reason }' "$TEST_FOLDER"/*.log
}

# Where a whole run's time goes, by class; tests of a suite run side by side, so that the sum is more than its time.
print_slowest() {
  say 'Slowest classes:'
  awk '/^(passed|failed) .* \([0-9hms ]+\)$/ {
      class = $2; sub(/\(.*/, "", class); sub(/\.[^.]*$/, "", class)
      took = $0; sub(/^.*\(/, "", took); sub(/\)$/, "", took)
      ms = 0; parts = split(took, part, " ")
      for (i = 1; i <= parts; i++) ms += part[i] * (part[i] ~ /ms$/ ? 1 : part[i] ~ /s$/ ? 1000 : part[i] ~ /m$/ ? 60000 : 3600000)
      sum[class] += ms }
    END { for (class in sum) printf "%7.1f s  %s\n", sum[class] / 1000, class }' "$TEST_FOLDER"/*.log | sort -rn | head -n 20
}

# Each failed test with what it said: among the lines of a suite's servers nobody would find it.
print_failed() {
  ((failed > 0)) || return 0
  say 'Failed, and why:'
  awk '/^failed .* \([^()]*\)$/ { open = 1; print "  " $0; next }
    open && /^ / { print "  " $0; next }
    { open = 0 }' "$TEST_FOLDER"/*.log
}
