# shellcheck shell=bash
# What is there, how fast it is, and what it does with nonsense: doctor, bench, fuzz.

command_bench() {
  require_sdk
  make_test_folder
  trap 'remove_test_folder "$TEST_FOLDER"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  build Release "$PRODUCT" Tallystick.LedgerSimulator Tallystick.Bench
  provide_optional nginx wrk sodium secp256k1
  # Durable, as in production: a figure without fsync would flatter.
  start_test_postgres true
  # A suite that could not run has said why.
  TALLY_REPO=$TALLY_REPO "$DOTNET" "$(output_of Tallystick.Bench Release)/Tallystick.Bench.dll" "$@" || exit $?
}

command_fuzz() {
  [[ $# -eq 1 && $1 =~ ^[0-9]{1,5}$ ]] || wrong_usage fuzz
  require_sdk
  build Release Tallystick.Xrpl.Tests
  TALLY_FUZZ_MINUTES=$1 "$(output_of Tallystick.Xrpl.Tests Release)/Tallystick.Xrpl.Tests" \
    --no-ansi --no-progress --explicit only --filter-method '*fuzz*' --show-live-output on || exit
}

command_doctor() {
  local need found=0
  (($# == 0)) || wrong_usage doctor
  say "system      $(uname -sr), $(nproc) cores, $(id -un)"
  require_sdk
  say "dotnet      $("$DOTNET" --version) ($DOTNET)"
  locate_home
  if find_postgres "$(cluster_version "$CLUSTER")"; then say "postgresql  $("$POSTGRES_BIN/postgres" --version | awk '{ print $3 }') ($POSTGRES_BIN)$(newer_postgres)"; else
    say "postgresql  missing: sudo apt-get install postgresql$(cluster_version "$CLUSTER" | sed 's/^/-/')"
    found=1
  fi
  for need in aria2 chromium curl faketime go nginx node pandas rclone secp256k1 sklearn sodium wget wrk; do
    if need_is_met "$need"; then
      printf '%-11s found\n' "$need"
    else
      printf '%-11s missing (optional): sudo apt-get install %s\n' "$need" "$(packages_of "$need")"
    fi
  done
  open_home
  say "data        $DATA ($(megabytes_free "$DATA") MB free)"
  for need in $(service_names); do
    say "$(printf '%-11s' "$need") port $(port_of "$need"): $(if is_ready "$need"; then printf 'answers'; elif port_is_taken "$(port_of "$need")"; then
      printf 'taken, does not answer as ours'
    else printf 'free'; fi)"
  done
  tell_given_up
  build "$CONFIGURATION" Tallystick.Cli
  "$DOTNET" "$(output_of Tallystick.Cli "$CONFIGURATION")/tally.dll" doctor || found=1
  exit "$found"
}
