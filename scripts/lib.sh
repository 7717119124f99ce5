# shellcheck shell=bash
# What the set-up scripts share: saying what is done, and failing with one sentence that says what to do.

# ROOT is the project's root; STATE takes everything made at run time.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # used by the scripts that source this file
STATE=$ROOT/.hostler

say() { printf '%s\n' "$*"; }

die() {
  printf 'set-up failed: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# at_least WANTED VERSION: VERSION is WANTED or newer.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort --version-sort | head -n 1)" = "$1" ]; }

# install_debian_packages PACKAGE...: installs those that are missing.
install_debian_packages() {
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  have apt-get || die "this is not Debian or a relative of it (no apt-get): install by hand what provides ${missing[*]}"
  [ "$(id -u)" = 0 ] || die "installing ${missing[*]} needs root: run \"sudo make setup\""
  say "Installing Debian packages: ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 --option DPkg::Lock::Timeout=300)
  "${apt[@]}" update || die "apt-get update failed: is Debian's mirror reachable, and does /etc/apt name the right one?"
  "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >"$STATE/apt.log" 2>&1 ||
    die "apt-get could not install ${missing[*]}: see $STATE/apt.log"
}
