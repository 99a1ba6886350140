# bin/test --bare: everything as on a machine that has only what the README names. Makes a minimal
# Debian of this machine's release in a folder, clones HEAD into it, and there runs the README's
# commands. Sourced by bin/test after launch.sh and packages.sh. Needs root, and apt's sources.

# The JDK is the machine's own: Debian 12 has none that is new enough.
BARE_PACKAGES=(maven git iproute2)

# bare [ARGUMENT OF bin/test...]: its output and exit status are those of the run inside.
bare() {
  local release work root log=$OUT/bare-root.log
  [ "$(id -u)" = 0 ] || die "--bare makes a root file system, which needs root"
  release=$(. /etc/os-release 2>/dev/null; printf '%s' "${VERSION_CODENAME:-}")
  [ -n "$release" ] && command -v apt-get >/dev/null || die "--bare makes a Debian out of apt's sources, and there are none here"
  install_packages "$OUT/apt.log" -- mmdebstrap git || die "--bare needs mmdebstrap and git"
  git_here rev-parse -q --verify HEAD >/dev/null || die "--bare clones HEAD, and $CULVERT_HOME is no clone"
  [ -z "$(git_here status --porcelain 2>/dev/null)" ] || say "what is not committed is not tested"

  work=$(mktemp -d "${TMPDIR:-/var/tmp}/culvert-bare.XXXXXX") || exit 1
  # shellcheck disable=SC2064 # the folder of this run
  trap "bare_end '$work'" EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  chmod 755 "$work"
  root=$work/root
  echo "== a bare $release in $root (log: $log)"
  if ! make_bare_root "$work" "$root" "$release" >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    die "the bare root could not be made; all of it is in $log"
  fi
  echo "== a clone of $(git_here rev-parse --short HEAD) in it"
  clone_here "$root/root/culvert" || die "the clone failed"
  run_bare "$work" "$root" "$@"
}

git_here() {
  git -c safe.directory='*' -C "$CULVERT_HOME" "$@"
}

# The commit that is checked out here, whatever branch or linked worktree this is.
clone_here() {
  local head
  head=$(git_here rev-parse HEAD) || return 1
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' \
    git clone -q --no-checkout --no-hardlinks "$CULVERT_HOME" "$1" && git -C "$1" checkout -q --detach "$head"
}

make_bare_root() {
  local work=$1 root=$2 release=$3 packages
  debian_sources "$release" >"$work/sources" || return 1
  # How the machine reaches its sources, and nothing else of its apt.
  apt-config dump | grep '^Acquire::' | grep -v -i 'Auto-Detect\|IndexTargets' >"$work/apt.conf"
  packages=$(IFS=,; echo "${BARE_PACKAGES[*]}")
  if grep -q 'https://' "$work/sources"; then packages=$packages,ca-certificates; fi
  mmdebstrap --mode=root --variant=minbase --format=directory --include="$packages" \
    --aptopt="$work/apt.conf" "$release" "$root" "$work/sources" || return 1
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/" || return 1
  cp -a /etc/apt/trusted.gpg.d/. "$root/etc/apt/trusted.gpg.d/" 2>/dev/null
  signing_keys "$work/sources" | copy_into "$root" || return 1
  links_out_of "$JDK" | copy_into "$root" || return 1
  mkdir -p "$root$JDK" "$root/root/.m2" "$root/old"
}

# The machine's entries for Debian itself; other sources may need what a bare machine lacks.
debian_sources() {
  local file found=1
  for file in "${CULVERT_APT_DIR:-/etc/apt}"/sources.list.d/*.sources; do
    [ -e "$file" ] && debian_stanzas "$1" <"$file" && found=0
  done
  for file in "${CULVERT_APT_DIR:-/etc/apt}"/sources.list "${CULVERT_APT_DIR:-/etc/apt}"/sources.list.d/*.list; do
    [ -e "$file" ] && debian_lines "$1" <"$file" && found=0
  done
  [ "$found" = 0 ] || say "apt has no source of $1"
  return $found
}

# Both kinds come out as stanzas, for the two cannot be mixed in one file.
debian_stanzas() {
  awk -v release="$1" -v RS= '
    {
      wanted = 0
      count = split($0, lines, "\n")
      for (i = 1; i <= count; i++) {
        if (lines[i] ~ /^[Ee]nabled:[ \t]*(no|false|0)/) next
        if (lines[i] !~ /^[Ss]uites:/) continue
        words = split(lines[i], suites, /[ \t]+/)
        for (j = 2; j <= words; j++) wanted += suites[j] == release || index(suites[j], release "-") == 1
      }
      if (wanted) { print $0 "\n"; found = 1 }
    }
    END { exit !found }
  '
}

debian_lines() {
  awk -v release="$1" '
    $1 == "deb" {
      options = ""; first = 2
      if ($2 ~ /^\[/) {
        for (; first <= NF; first++) {
          option = $first; gsub(/[][]/, "", option)
          if (option ~ /^signed-by=/) { sub(/^signed-by=/, "", option); options = options "Signed-By: " option "\n" }
          if (option ~ /^trusted=/) { sub(/^trusted=/, "", option); options = options "Trusted: " option "\n" }
          if ($first ~ /\]$/) { first++; break }
        }
      }
      suite = $(first + 1)
      if (suite != release && index(suite, release "-") != 1) next
      components = ""
      for (i = first + 2; i <= NF && $i !~ /^#/; i++) components = components " " $i
      print "Types: deb\nURIs: " $first "\nSuites: " suite "\nComponents:" components "\n" options
      found = 1
    }
    END { exit !found }
  '
}

signing_keys() {
  sed -n 's/^[Ss]igned-[Bb]y:[ \t]*\(\/.*\)$/\1/p' "$1" | tr -s ' \t' '\n'
}

# Links of a folder to files outside of it, such as Debian's JDKs have in /etc.
links_out_of() {
  local link target
  find "$1" -type l | while read -r link; do
    target=$(readlink -e "$link") || continue
    case $target in "$(readlink -f "$1")"/*) ;; *) printf '%s\n' "$target" ;; esac
  done | sort -u
}

# Files of the machine, one a line, to the same places in a root.
copy_into() {
  local file
  while read -r file; do
    mkdir -p "$1$(dirname "$file")" && cp -aL "$file" "$1$file" || return 1
  done
}

# run_bare WORK ROOT ARGUMENTS...: in mount and process namespaces of its own, so that whatever is
# mounted and started there ends with it, however it ends.
run_bare() {
  local work=$1 root=$2 status
  shift 2
  # Job control gives it the signals of a program in the foreground.
  set -m
  JDK=$JDK unshare --mount --pid --fork --kill-child /bin/bash "$CULVERT_HOME/bin/lib/bare-root.sh" \
    "$work" "$root" "$@" </dev/null &
  BARE_RUN=$!
  set +m
  wait "$BARE_RUN"
  status=$?
  BARE_RUN=
  return $status
}

# Ends what still runs, keeps the logs, removes the root.
bare_end() {
  local status=$? first
  trap - EXIT
  trap '' INT TERM HUP
  if [ -n "${BARE_RUN:-}" ]; then
    # The first process of the process namespace takes all others with it, and unshare waits for it.
    first=$(cat "/proc/$BARE_RUN/task/$BARE_RUN/children" 2>/dev/null)
    # shellcheck disable=SC2086 # one pid, or none
    kill -TERM ${first:-$BARE_RUN} 2>/dev/null
    wait "$BARE_RUN" 2>/dev/null
  fi
  if [ -d "$1/root/root/culvert/target/test" ]; then
    rm -rf "$OUT/bare"
    cp -r "$1/root/root/culvert/target/test" "$OUT/bare" && say "the logs of the bare run: $OUT/bare"
  fi
  rm -rf --one-file-system "$1" || say "$1 could not be removed"
  exit "$status"
}
