#!/bin/bash
# try_bare_machine.sh [COMMAND...]: makes a fresh, minimal Debian 12 in a folder of its own, copies the
# last commit into it, and types the commands there (default: the two of the README).
#
# Needs root and debootstrap. What this machine uses to reach its package registries (apt sources, npm
# settings, certificates, proxies) is carried into the new root; nothing else is. The folder is deleted
# at the end; KEEP=1 keeps it and says where it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ $EUID == 0 ]] || { echo "try_bare_machine: needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "try_bare_machine: apt-get install debootstrap" >&2; exit 1; }
[[ $# -gt 0 ]] || set -- "./dev quickstart" "./dev test"

root=$(mktemp -d "${TMPDIR:-/tmp}/bare-debian.XXXXXX")
chmod 755 "$root"  # apt drops its privileges and must still get in.
say() { echo "bare: $*"; }
finish() { if [[ ${KEEP:-} ]]; then say "kept $root"; else rm -rf "$root"; fi; }
trap finish EXIT

carry() {
  local path
  for path in "$@"; do
    [[ -e $path ]] || continue
    mkdir -p "$root$(dirname "$path")"
    cp -rT "$path" "$root$path"
  done
}

start=$SECONDS
debootstrap --variant=minbase bookworm "$root" >"$root.log" 2>&1 || { tail -n 20 "$root.log"; exit 1; }
rm "$root.log"
rm -f "$root"/etc/apt/sources.list
carry /etc/apt /etc/resolv.conf /etc/hosts /etc/npmrc /root/.npmrc /usr/local/share/ca-certificates
git clone -q . "$root/root/rocky"
say "Debian $(<"$root/etc/debian_version"), $(git rev-parse --short HEAD), made in $((SECONDS - start)) s"

environment=(HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 JOBS="${JOBS:-$(nproc)}")
for name in http_proxy https_proxy no_proxy NODE_EXTRA_CA_CERTS; do
  [[ -z ${!name:-} ]] || environment+=("$name=${!name}")
done

# The mounts and whatever the command leaves running end with the namespace. The root is a mount and the
# namespace's own, as on a machine: inside of a mere chroot neither user nor network namespaces can be made.
inside() {
  # shellcheck disable=SC2016  # Expanded by the inner shell.
  unshare --mount --pid --fork --kill-child bash -c '
    root=$1; shift
    mount --bind "$root" "$root" && cd "$root" && mkdir -p old
    mount --rbind /dev dev && mount -t proc proc proc && mount --rbind /sys sys
    pivot_root . old && umount --lazy /old && rmdir /old && exec "$@"' inside "$root" \
    /usr/bin/env -i "${environment[@]}" bash -c "cd /root/rocky && $1"
}

status=0
for command in "$@"; do
  start=$SECONDS
  say "\$ $command"
  inside "$command" || { status=$?; say "exit $status"; }
  say "$command took $((SECONDS - start)) s"
  [[ $status == 0 ]] || break
done
exit $status
