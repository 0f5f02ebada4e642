#!/bin/bash
# The recipe of the root file system for hosts that route: the base, with the routing daemons and what looks at packets and filters them.
# in:  $1 the folder to make (must not exist), $2 the base's folder
# out: a root where neither daemon starts by itself; a host is told which one it has (root.ts)
# The harness keys its cache by a hash of this file and of the base, so a changed line here makes a new one.
set -euo pipefail
target=$1 base=$2
work=$target.part.$$
trap 'rm -rf --one-file-system "$work"' EXIT
cp -a --reflink=auto "$base" "$work"
# Packages are set up on this machine, in a chroot: nothing of them may start here.
printf '#!/bin/sh\nexit 101\n' >"$work/usr/sbin/policy-rc.d"
chmod 755 "$work/usr/sbin/policy-rc.d"
# The base has left out what the packages' own scripts may want to see.
mkdir -p "$work/usr/share/doc" "$work/usr/share/man/man1" "$work/var/cache/apt/archives/partial" "$work/var/lib/apt/lists/partial"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
chroot "$work" apt-get -qq update </dev/null
chroot "$work" apt-get -qq -y --no-install-recommends install frr bird2 tcpdump nftables iptables conntrack </dev/null
# The lab's kernel has the tables of iptables, and no family of nf_tables that a host needs.
chroot "$work" update-alternatives --quiet --set iptables /usr/sbin/iptables-legacy </dev/null
chroot "$work" systemctl disable -q frr bird nftables </dev/null
rm -f "$work/usr/sbin/policy-rc.d"
rm -rf "$work"/usr/share/{doc,man,locale,info} "$work"/var/cache/apt/* "$work"/var/lib/apt/lists/*
mv "$work" "$target"
trap - EXIT
