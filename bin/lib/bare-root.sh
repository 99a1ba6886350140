#!/bin/bash
# bare-root.sh WORK ROOT [ARGUMENT OF bin/test...]: the first process in the namespaces of
# bin/test --bare. Makes ROOT the root directory, with the machine's JDK and Maven repository in it
# (JDK, HOME), and runs the README's commands there.
WORK=$1
ROOT=$2
shift 2

# With the end of this process the kernel ends all others of its namespace.
trap 'exit 143' TERM

main() {
  mount --make-rprivate / &&
    mount --bind "$ROOT" "$ROOT" &&
    mount -t proc proc "$ROOT/proc" &&
    mount -t sysfs sysfs "$ROOT/sys" &&
    mount --rbind /dev "$ROOT/dev" &&
    mount -t tmpfs -o mode=755 tmpfs "$ROOT/run" &&
    mkdir -p "$ROOT/run/lock" &&
    mount --bind -o ro "$JDK" "$ROOT$JDK" &&
    maven_repository || exit 1
  # A root by pivot_root and not by chroot: "ip netns exec" makes "/" a mount of its own.
  cd "$ROOT" && pivot_root . old && cd / && umount -l /old || exit 1
  # A login's environment: nothing of the developer's gets in but how to reach the network.
  # Job control gives it the signals of a program in the foreground.
  set -m
  # shellcheck disable=SC2046 # options without blanks
  env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM="${TERM:-dumb}" \
    $(proxies) /bin/bash -c "$COMMANDS" bare "$@" &
  wait $!
}

# Maven fetches what it lacks, into a layer that goes with the root.
maven_repository() {
  [ -d "$HOME/.m2" ] || return 0
  mkdir -p "$WORK/m2/upper" "$WORK/m2/work"
  mount -t overlay -o "lowerdir=$HOME/.m2,upperdir=$WORK/m2/upper,workdir=$WORK/m2/work" \
    overlay "$ROOT/root/.m2" 2>/dev/null || mount --bind "$HOME/.m2" "$ROOT/root/.m2"
}

proxies() {
  env | grep -E '^(http_proxy|https_proxy|no_proxy|HTTP_PROXY|HTTPS_PROXY|NO_PROXY)=[^[:space:]]*$'
}

# Named tests run without the demonstration and the benchmarks, of which the shortest will do: who is
# compared has to be there.
COMMANDS='
  bench() {
    echo "== bin/bench $*"
    bin/bench "$@" 2>&1 | tee /tmp/bench.out
    [ "${PIPESTATUS[0]}" = 0 ] && ! grep -q -E "left out:| failed in " /tmp/bench.out ||
      { echo "FAILED bin/bench $1"; status=1; }
  }

  cd /root/culvert || exit 1
  status=0
  named=
  for argument; do case $argument in -*) ;; *) named=yes ;; esac; done
  if [ -z "$named" ]; then
    echo "== bin/culvert demo"
    bin/culvert demo || { echo "FAILED bin/culvert demo"; status=1; }
    bench tunnels --counts 1 --settle 1 --idle 1
    bench throughput --quick --only strongswan,wireguard-go,openvpn,culvert-aes128 --tests tcp1 --seconds 1
  fi
  bin/test "$@" || status=1
  exit $status
'

main "$@"
