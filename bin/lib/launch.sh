# Shared by the launchers: finds a JDK, builds what is not built, starts a main class.
# Sourced by bash with CULVERT_HOME set. Everything said here goes to standard error.

MIN_JDK=25
LAUNCH_DIR=$CULVERT_HOME/target/launch

say() { printf 'culvert: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The major version of the JDK in $1, or nothing.
jdk_version() {
  local version
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
  printf '%s' "$version"
}

is_new_enough() {
  local version
  version=$(jdk_version "$1")
  [ -n "$version" ] && [ "$version" -ge "$MIN_JDK" ]
}

# Sets JDK: JAVA_HOME if it will do, else the newest of the usual folder, else the one on the PATH.
find_jdk() {
  local candidate version best=0
  JDK=
  if [ -n "${JAVA_HOME:-}" ] && is_new_enough "$JAVA_HOME"; then
    JDK=$JAVA_HOME
    return
  fi
  for candidate in "${CULVERT_JVM_DIR:-/usr/lib/jvm}"/*; do
    version=$(jdk_version "$candidate")
    if [ -n "$version" ] && [ "$version" -ge "$MIN_JDK" ] && [ "$version" -gt "$best" ]; then
      JDK=$candidate
      best=$version
    fi
  done
  [ -n "$JDK" ] && return
  if candidate=$(command -v java) && candidate=$(readlink -f "$candidate"); then
    candidate=${candidate%/bin/java}
    is_new_enough "$candidate" && JDK=$candidate && return
  fi
  die "needs a JDK $MIN_JDK or newer: install one (Debian: temurin-25-jdk or openjdk-25-jdk-headless) or set JAVA_HOME"
}

# Whether something in the sources is newer than the last build. Folders count, so that a deleted
# file is seen too.
is_stale() {
  [ -e "$LAUNCH_DIR/stamp" ] || return 0
  [ -n "$(find "$CULVERT_HOME/pom.xml" "$CULVERT_HOME"/*/pom.xml "$CULVERT_HOME"/*/src/main \
    -newer "$LAUNCH_DIR/stamp" -print -quit 2>/dev/null)" ]
}

ensure_built() {
  is_stale || return 0
  if ! { mkdir -p "$LAUNCH_DIR" 2>/dev/null && [ -w "$LAUNCH_DIR" ]; }; then
    is_built || die "is not built, and $CULVERT_HOME is not writable: run it once as its owner"
    say "what is built is older than its sources, and $CULVERT_HOME is not writable: running it as it is (run it once as its owner to build it)"
    return 0
  fi
  # One build at a time; who waited finds it done.
  exec 8>"$LAUNCH_DIR/lock"
  if command -v flock >/dev/null; then
    flock -n 8 || { say "waiting for another build"; flock 8; }
  fi
  if is_stale; then build; fi
  exec 8>&-
}

# Whether there is a whole build, of whatever age.
is_built() {
  [ -e "$LAUNCH_DIR/stamp" ] && compgen -G "$LAUNCH_DIR/lib/*.jar" >/dev/null
}

build() {
  local log=$LAUNCH_DIR/build.log fresh=$LAUNCH_DIR/lib.fresh
  command -v mvn >/dev/null || die "is not built, and there is no Maven: install it (Debian: apt-get install maven)"
  [ -x "$JDK/bin/javac" ] || die "needs a JDK to be built, $JDK is only a run-time: install a JDK $MIN_JDK or newer"
  say "building (log: $log)"
  rm -rf "$fresh"
  touch "$LAUNCH_DIR/stamp.fresh"
  if ! (cd "$CULVERT_HOME" && JAVA_HOME=$JDK mvn -B -T 2 -Dquick -Dculvert.target=target/quick -pl lab -am \
    -Dmaven.test.skip=true -DincludeScope=runtime -DoutputDirectory="$fresh" package "$COPY_DEPENDENCIES" 2>&1 </dev/null | tee "$log" | show_progress; exit "${PIPESTATUS[0]}"); then
    grep -F '[ERROR]' "$log" | head -n 20 >&2
    die "the build failed; all of it is in $log"
  fi
  cp "$CULVERT_HOME"/lab/target/quick/lab-*.jar "$fresh/" || die "the build left no lab module"
  rm -rf "$LAUNCH_DIR/lib" "$LAUNCH_DIR"/*.aot
  mv "$fresh" "$LAUNCH_DIR/lib"
  learn_classes
  # The time of the stamp is that of the start: what was edited meanwhile is built next time.
  mv "$LAUNCH_DIR/stamp.fresh" "$LAUNCH_DIR/stamp"
  say "built"
}

# Start-up caches (JEP 483, JEP 515): the classes that a training run of each program loads, already
# linked, and the profiles of its methods. The programs start without one too, only slower.
learn_classes() {
  local train=$LAUNCH_DIR/train classpath
  classpath=$(class_path)
  mkdir -p "$train" && : >"$train/control.sock"
  "$JDK/bin/java" "${JVM_FLAGS[@]}" "${CLI_FLAGS[@]}" -XX:AOTCacheOutput="$LAUNCH_DIR/culvert.aot" \
    -cp "$classpath" dev.culvert.cli.Main --run-dir "$train" -c "show version" >/dev/null 2>&1 &
  # A router that starts in earnest, in a network of its own, is the best teacher; where the user
  # is not root, what needs no network has to do.
  # shellcheck disable=SC2016 # expanded within
  learn_daemon unshare --net bash -c 'ip link set lo up; exec "$@"' learn -- "$train" || learn_daemon --
  wait
  rm -rf "$train"
}

# learn_daemon [COMMAND THAT RUNS ANOTHER...] -- ARGUMENTS...: one training run of the router.
learn_daemon() {
  local within=()
  while [ "$1" != -- ]; do within+=("$1"); shift; done
  shift
  "${within[@]}" "$JDK/bin/java" "${JVM_FLAGS[@]}" "${DAEMON_FLAGS[@]}" \
    -XX:AOTCacheOutput="$LAUNCH_DIR/culvertd.aot" \
    -cp "$classpath" dev.culvert.lab.Training "$@" >"$LAUNCH_DIR/training.log" 2>&1
}

class_path() {
  local jars=("$LAUNCH_DIR"/lib/*.jar)
  local IFS=:
  printf '%s' "${jars[*]}"
}

COPY_DEPENDENCIES=org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies

# One line a module, and signs of life while libraries are fetched and tests run. Not by awk: Debian's
# keeps what it reads from a pipe until it has a block of it.
show_progress() {
  local line fetched=0 classes=0 again=$((SECONDS + 30))
  while IFS= read -r line; do
    case $line in
      "[INFO] Building "*\[*/*\])
        fetched=0
        line=${line#"[INFO] Building "}
        printf 'culvert: %s [%s\n' "${line%% *}" "${line##*\[}"
        ;;
      "Downloaded from "*)
        [ $((fetched++ % 25)) != 0 ] || echo "culvert:   fetching libraries"
        ;;
      *"Tests run: "*" in "*)
        classes=$((classes + 1))
        if [ "$SECONDS" -ge "$again" ]; then
          again=$((SECONDS + 30))
          echo "culvert:   $classes test classes, the last was ${line##*[ .]}"
        fi
        ;;
    esac
  done >&2
}

JVM_FLAGS=(
  --enable-native-access=ALL-UNNAMED
  --sun-misc-unsafe-memory-access=allow
  # A stack trace for every exception, and no memory image with keys in it when the JVM fails.
  -XX:-OmitStackTraceInFastThrow
  -XX:-CreateCoredumpOnCrash
  # What the JVM has to say belongs neither into answers nor, about its caches, anywhere.
  -Xlog:disable
  -Xlog:all=error:stderr
  -Xlog:cds*=off
  -Xlog:aot*=off
)
CLI_FLAGS=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1)
# Pauses must stay far below BFD's detection time, whatever the size of the tables. Half of the machine
# may be heap, for a full table; HeapKeeper raises the soft bound as far as it is needed, and what is not
# goes back to the machine within seconds, be it heap or what the C library keeps of freed memory.
DAEMON_FLAGS=(
  -XX:+UseZGC -Xms16m -XX:MaxRAMPercentage=50 -XX:ZUncommitDelay=5
  -XX:+UnlockExperimentalVMOptions -XX:TrimNativeHeapInterval=10000
  -XX:+ExitOnOutOfMemoryError
)
SOFT_HEAP_MIB=96

# The soft bound to start with; a JVM whose hard one is below it would not start.
soft_heap() {
  case ${CULVERT_JAVA_OPTS:-} in *-Xmx* | *MaxHeapSize* | *MaxRAM*) return ;; esac
  [ "$(memory_mib)" -lt $((2 * SOFT_HEAP_MIB)) ] || DAEMON_FLAGS+=("-XX:SoftMaxHeapSize=${SOFT_HEAP_MIB}m")
}

# What this process may use: the machine's memory, or less where one of its control groups says so.
memory_mib() {
  local name value rest least=0 group= named= file
  while read -r name value rest; do
    [ "$name" != MemTotal: ] || least=$((value / 1024))
  done <"${CULVERT_PROC_DIR:-/proc}/meminfo"
  while IFS=: read -r rest name value; do
    case ,$name, in
      *,memory,*) group=$value named=yes ;;
      ,,) [ -n "$named" ] || group=$value ;;
    esac
  done <"${CULVERT_PROC_DIR:-/proc}/self/cgroup"
  while :; do
    for file in "${CULVERT_CGROUP_DIR:-/sys/fs/cgroup}$group/memory.max" \
      "${CULVERT_CGROUP_DIR:-/sys/fs/cgroup}/memory$group/memory.limit_in_bytes"; do
      # No bound is the word max, or a number of 19 digits.
      if [ -r "$file" ] && read -r value <"$file" && [[ $value =~ ^[0-9]{1,18}$ ]] && [ $((value >> 20)) -lt "$least" ]; then
        least=$((value >> 20))
      fi
    done
    [ -n "$group" ] || break
    group=${group%/*}
  done
  echo "$least"
}

# Each thread that frees memory would keep a pool of its own.
export MALLOC_ARENA_MAX=2

# start MAIN_CLASS CACHE JVM_FLAGS... -- ARGUMENTS...: becomes that program.
start() {
  local main=$1 cache=$LAUNCH_DIR/$2.aot flags=("${JVM_FLAGS[@]}")
  shift 2
  while [ "$1" != -- ]; do flags+=("$1"); shift; done
  shift
  [ -e "$cache" ] && flags+=(-XX:AOTCache="$cache")
  # shellcheck disable=SC2086 # options are words
  exec "$JDK/bin/java" "${flags[@]}" ${CULVERT_JAVA_OPTS:-} -cp "$(class_path)" "$main" "$@"
}
