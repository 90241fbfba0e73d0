#!/bin/bash
# apt-install.sh <package>...: installs Debian packages without starting any service they bring.
# Runs as root. invoke-rc.d asks policy-rc.d before it starts anything; 101 means "do not".
set -euo pipefail

policy=/usr/sbin/policy-rc.d
made=
log=$(mktemp)
clean_up() {
  if [ -n "$made" ]; then rm -f "$policy"; fi
  rm -f "$log"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

if [ ! -e "$policy" ]; then
  made=yes
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
options=(-q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
# A source of the machine that does not answer is no reason to fail when the packages are to be had without it.
timeout 300 apt-get "${options[@]}" update >"$log" 2>&1 || true
if ! timeout 1200 apt-get "${options[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1; then
  tail -n 40 "$log" >&2
  exit 1
fi
