#!/bin/bash
# engine-root.sh <suite> <folder> <log> <package>...: makes <folder> a place from which programs of another
# Debian suite run on this machine, with their own libc and loader. Nothing is installed and apt's own state
# is not touched: a private apt with an empty list of installed packages downloads the whole closure, which
# is unpacked, and the packages' programs are told where their loader and libraries are.
# <folder> appears complete or not at all. Needs apt-get, dpkg-deb, patchelf; not root.
set -euo pipefail

suite=$1 folder=$2 log=$3
shift 3
exec >"$log" 2>&1

part=$folder.part-$$
trap 'rm -rf "$part"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

architecture=$(dpkg --print-architecture)
case $architecture in
  amd64) triplet=x86_64-linux-gnu loader=ld-linux-x86-64.so.2 ;;
  arm64) triplet=aarch64-linux-gnu loader=ld-linux-aarch64.so.1 ;;
  *) echo "no recipe for architecture $architecture"; exit 1 ;;
esac

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || { echo "$keyring is missing: only Debian is supported"; exit 1; }

# The archive that this machine already uses: the first one named, in the newer form of the list or the older.
archive=$(
  shopt -s nullglob
  {
    awk '/^URIs:/ { print $2 }' /etc/apt/sources.list.d/debian.sources 2>/dev/null || true
    awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^[a-z+]+:\//) { print $i; break } }' \
      /etc/apt/sources.list /etc/apt/sources.list.d/debian*.list 2>/dev/null || true
  } | head -n 1
)
[ -n "$archive" ] || { echo "this machine names no Debian archive"; exit 1; }

private=$part/.apt
mkdir -p "$private"/{etc/apt.conf.d,etc/preferences.d,state/lists/partial,cache/archives/partial}
: >"$private/status"
echo "deb [signed-by=$keyring] $archive $suite main" >"$private/etc/sources.list"
# A frozen mirror of a moving suite is past its date; signatures are verified all the same.
cat >"$private/apt.conf" <<CONF
Dir::Etc "$private/etc";
Dir::Etc::sourcelist "$private/etc/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$private/state";
Dir::State::status "$private/status";
Dir::Cache "$private/cache";
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
export APT_CONFIG=$private/apt.conf
timeout 300 apt-get -qq update
timeout 900 apt-get -qq install --download-only -y --no-install-recommends "$@"

for name in bin sbin lib lib64; do
  mkdir -p "$part/usr/$name"
  [ -e "$part/$name" ] || ln -s "usr/$name" "$part/$name"
done
for package in "$private"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar --extract --keep-directory-symlink --no-same-owner --directory "$part"
done

# Paths are those of the final folder, where these files are not yet.
libraries=$folder/usr/lib/$triplet
for name in "$@"; do
  dpkg-deb --fsys-tarfile "$private"/cache/archives/"${name}"_*.deb | tar --list |
    { grep -E '/s?bin/[^/]+$' || true; } |
    while read -r file; do
      program=$part/${file#./}
      [ ! -L "$program" ] && patchelf --print-interpreter "$program" >/dev/null 2>&1 || continue
      patchelf --set-interpreter "$libraries/$loader" --force-rpath \
        --set-rpath "$libraries:$libraries/systemd:$libraries/private:$folder/usr/lib" "$program"
    done
done
rm -rf "$private"
mv -T "$part" "$folder"
