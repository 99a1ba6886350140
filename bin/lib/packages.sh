# Shared by bin/test and bin/bench: installs Debian packages without letting any of them start as a
# service. Sourced by bash after launch.sh.

# charon and swanctl with every plugin that labs and benchmarks load. Nothing recommended is installed,
# and Debian only recommends the package with the openssl and aesni plugins.
STRONGSWAN=(strongswan-swanctl charon-systemd libcharon-extra-plugins
  libstrongswan-standard-plugins libstrongswan-extra-plugins)

POLICY=/usr/sbin/policy-rc.d

# install_packages LOG SERVICES... -- PACKAGES...: installs what is not there. The services that come
# with the packages neither start nor are enabled. Fails if something could not be installed.
install_packages() {
  local log=$1 services=() missing=() package service status=0
  shift
  while [ "$1" != -- ]; do services+=("$1"); shift; done
  shift
  command -v apt-get >/dev/null || { say "no apt-get here: what needs a program that is not installed is left out"; return 1; }
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  forbid_services
  {
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
  } >"$log" 2>&1 </dev/null || { status=1; say "some could not be installed (see $log): what needs them is left out"; }
  allow_services
  # Nor are they to start at the next boot.
  if command -v systemctl >/dev/null; then
    for service in "${services[@]}"; do systemctl disable "$service" >/dev/null 2>&1; done
  fi
  return $status
}

# invoke-rc.d asks this script; 101 means "do not start anything".
forbid_services() {
  if [ -e "$POLICY" ] || [ -L "$POLICY" ]; then mv "$POLICY" "$POLICY.before-culvert"; fi
  trap allow_services EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
}

allow_services() {
  rm -f "$POLICY"
  if [ -e "$POLICY.before-culvert" ] || [ -L "$POLICY.before-culvert" ]; then
    mv "$POLICY.before-culvert" "$POLICY"
  fi
  trap - EXIT INT TERM
}
