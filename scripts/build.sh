# shellcheck shell=bash
# Builds only when something changed: an msbuild that finds nothing to do still takes ten seconds.

readonly ARTIFACTS=$TALLY_REPO/artifacts

# What a user runs, without tests and benchmarks.
readonly PRODUCT=Product.slnf
readonly PRODUCT_SOURCES=(src tools Directory.Build.props Directory.Build.targets Directory.Packages.props
  .editorconfig BannedSymbols.txt global.json Tallystick.slnx Product.slnf)
readonly SOURCES=("${PRODUCT_SOURCES[@]}" tests bench)

# build CONFIGURATION PROJECT…   (a project by its name; none = the whole solution)
build() {
  local configuration=$1 project
  shift
  # Out-of-process compiler servers make a build several times faster.
  export UseSharedCompilation=true MSBUILDDISABLENODEREUSE=1
  [[ -w $TALLY_REPO ]] || is_fresh "$configuration" "$@" ||
    fail "cannot write to $TALLY_REPO: build there as its owner, or clone the repository to a folder of yours"
  mkdir -p "$ARTIFACTS" 2>/dev/null || true
  # Two builds in one folder would trip over each other's files.
  if [[ -w $ARTIFACTS ]]; then
    exec 8>"$ARTIFACTS/.build.lock"
    flock -n 8 || {
      step "waiting for another build"
      flock 8
    }
  fi
  if (($# == 0)); then
    build_one "$configuration" Tallystick.slnx
  else
    for project in "$@"; do
      build_one "$configuration" "$project"
    done
  fi
  exec 8>&-
}

is_fresh() {
  local configuration=$1 project
  shift
  for project in "${@:-Tallystick.slnx}"; do
    stamp_is_fresh "$configuration" "$project" || return 1
  done
}

# A build of several covers each of them.
stamp_is_fresh() {
  local stamps=("$2" Tallystick.slnx) sources=("${SOURCES[@]}") stamp
  if is_in_product "$2"; then
    stamps+=("$PRODUCT") sources=("${PRODUCT_SOURCES[@]}")
  fi
  for stamp in "${stamps[@]}"; do
    stamp_covers "$ARTIFACTS/.built-$1-$stamp" "${sources[@]}" && return 0
  done
  return 1
}

is_in_product() { [[ $1 == "$PRODUCT" ]] || grep -qF "/$1.csproj" "$TALLY_REPO/$PRODUCT"; }

# stamp_covers STAMP SOURCE…   Folders count too: a deleted file changes nothing but its folder.
# Of the npm packages' folder no build reads anything, and installing them changes it.
stamp_covers() {
  local stamp=$1
  shift
  [[ -f $stamp ]] || return 1
  [[ -z $(cd "$TALLY_REPO" && find "$@" -path tests/npm -prune -o -newer "$stamp" -print -quit 2>/dev/null) ]]
}

build_one() {
  local configuration=$1 project=$2 log started stamp
  stamp=$ARTIFACTS/.built-$configuration-$project
  stamp_is_fresh "$configuration" "$project" && return 0
  require_space "$TALLY_REPO" 300
  log=$ARTIFACTS/build-$configuration.log
  started=$SECONDS
  # The stamp is as old as the start of the build: what is saved meanwhile is built next time.
  touch "$stamp.new"
  step "building $project ($configuration)"
  # Into a file, not a pipe: the compiler server outlives the build and would keep a pipe open.
  if ! "$DOTNET" build "$(project_file "$project")" -c "$configuration" -v minimal \
    -p:ContinuousIntegrationBuild=false >"$log" 2>&1 </dev/null 8>&- 9>&-; then
    rm -f "$stamp.new"
    grep -E '(error|warning) [A-Z]+[0-9]+|error :|error MSB' "$log" | sed 's/ \[[^[]*\]$//' | sort -u |
      head -n 40 >&2 || true
    fail "the build of $project failed; the whole log: $log"
  fi
  mv "$stamp.new" "$stamp"
  step "built $project in $((SECONDS - started)) s"
}

project_file() {
  [[ $1 == *.sln? ]] && {
    printf '%s' "$TALLY_REPO/$1"
    return 0
  }
  local folder
  for folder in src tests tools bench; do
    if [[ -f $TALLY_REPO/$folder/$1/$1.csproj ]]; then
      printf '%s' "$TALLY_REPO/$folder/$1/$1.csproj"
      return 0
    fi
  done
  fail "there is no project $1 under $TALLY_REPO"
}

output_of() { printf '%s' "$ARTIFACTS/bin/$1/${2,,}"; }
