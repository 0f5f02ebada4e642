#!/bin/bash
# The recipe of the lab's base root file system: every host is a copy of what this makes.
# in:  $1 the folder to make (must not exist), $2 the folder of the kernel's modules (…/uml/modules/RELEASE)
# out: a Debian root with sshd, both network systems and the kernel's modules, nothing host specific in it
# The harness keys its cache by a hash of this file, so a changed line here makes a new base.
set -euo pipefail
target=$1 modules=$2
work=$target.part.$$
trap 'rm -rf --one-file-system "$work"' EXIT
packages=systemd-sysv,openssh-server,iproute2,iputils-ping,traceroute,ifupdown,kmod,procps,dbus,udev,sudo,opendoas,busybox-static,tcsh,libpam-systemd
debootstrap --variant=minbase --include="$packages" bookworm "$work" "${PROVISION_LAB_MIRROR:-http://deb.debian.org/debian}" </dev/null

mkdir -p "$work/usr/lib/modules"
cp -a "$modules" "$work/usr/lib/modules/"
: >"$work/etc/fstab"
# Only what costs boot time or asks for devices that these hosts don't have.
for unit in getty.target systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer \
  e2scrub_all.timer e2scrub_reap.service kmod-static-nodes.service systemd-modules-load.service modprobe@.service \
  dev-mqueue.mount dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount; do
  ln -sf /dev/null "$work/etc/systemd/system/$unit"
done
# At boot udev is asked about network devices only, the one kind that matters here: all devices take several seconds.
mkdir -p "$work/etc/systemd/system/systemd-udev-trigger.service.d"
cat >"$work/etc/systemd/system/systemd-udev-trigger.service.d/lab.conf" <<'UNIT'
[Service]
ExecStart=
ExecStart=udevadm trigger --type=devices --action=add --subsystem-match=net
UNIT
# A session of logind at every login costs time; a test that needs them (KillUserProcesses) says so in /etc/pam.d/sshd.
sed -i '/pam_systemd[.]so/d' "$work/etc/pam.d/common-session"
# Smaller means faster copies: one per host and test file.
rm -rf "$work"/usr/share/{doc,man,locale,info,i18n} "$work"/var/cache/apt/* "$work"/var/lib/apt/lists/* "$work"/etc/ssh/ssh_host_*
mkdir -m 700 -p "$work/root/.ssh"
mv "$work" "$target"
trap - EXIT
