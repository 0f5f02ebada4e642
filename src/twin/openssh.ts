/**
 * Which OpenSSH a simulated system has: what `ssh -V` says, which key types and options of authorized_keys its sshd knows.
 *
 * The releases are recalled, as is the one that pkgsrc had for NetBSD 1.4; when an option or a key type came is from OpenSSH's release notes.
 */
import type { CommonHost } from './common-host.js';

type Table = Readonly<Record<string, string>>;

const FREEBSD: Table = {
  '4.5': 'OpenSSH_2.9 FreeBSD localisations 20011202, SSH protocols 1.5/2.0, OpenSSL 0x0090601f',
  '4.11': 'OpenSSH_3.5p1 FreeBSD-20030924, SSH protocols 1.5/2.0, OpenSSL 0x0090704f',
  '5.5': 'OpenSSH_3.8.1p1 FreeBSD-20060123, OpenSSL 0.9.7e-p1 25 Oct 2004',
  '6.4': 'OpenSSH_4.5p1 FreeBSD-20061110, OpenSSL 0.9.7e-p1 25 Oct 2004',
  '8.4': 'OpenSSH_6.1_hpn13v11 FreeBSD-20120901, OpenSSL 0.9.8y 5 Feb 2013',
  '9.3': 'OpenSSH_6.6.1p1_hpn13v11 FreeBSD-20140420, OpenSSL 0.9.8za-freebsd 5 Jun 2014',
  '10.4': 'OpenSSH_7.3p1 FreeBSD-20170902, OpenSSL 1.0.1u-freebsd  22 Sep 2016',
  '11.4': 'OpenSSH_7.5p1, OpenSSL 1.0.2u-freebsd  20 Dec 2019',
  '12.4': 'OpenSSH_9.1p1, OpenSSL 1.1.1q-freebsd  5 Jul 2022',
  '13.2': 'OpenSSH_9.3p1, OpenSSL 1.1.1t-freebsd  7 Feb 2023',
  '14.1': 'OpenSSH_9.7p1, OpenSSL 3.0.13 30 Jan 2024',
  '15.0': 'OpenSSH_10.0p2, OpenSSL 3.5.4 30 Sep 2025',
};

const OPENBSD: Table = {
  '3.0': 'OpenSSH_3.0, SSH protocols 1.5/2.0, OpenSSL 0x0090601f',
  '4.8': 'OpenSSH_5.6, OpenSSL 0.9.8k 25 Mar 2009',
  '6.3': 'OpenSSH_7.7, LibreSSL 2.7.2',
  '7.5': 'OpenSSH_9.7, LibreSSL 3.9.0',
};

const NETBSD: Table = {
  '1.4.1': 'OpenSSH_2.9p2, SSH protocols 1.5/2.0, OpenSSL 0x0090581f',
  '1.5.2': 'OpenSSH_2.5.1 NetBSD_Secure_Shell-20010614, SSH protocols 1.5/2.0, OpenSSL 0x0090581f',
  '1.6.2': 'OpenSSH_3.6.1 NetBSD_Secure_Shell-20030917, SSH protocols 1.5/2.0, OpenSSL 0x0090607f',
  '2.0': 'OpenSSH_3.6.1 NetBSD_Secure_Shell-20030917, SSH protocols 1.5/2.0, OpenSSL 0x0090704f',
  '3.1': 'OpenSSH_3.9 NetBSD_Secure_Shell-20050213, OpenSSL 0.9.7d 17 Mar 2004',
  '5.2': 'OpenSSH_5.0 NetBSD_Secure_Shell-20080403-hpn13v1, OpenSSL 0.9.9-dev 09 May 2008',
  '7.2': 'OpenSSH_6.9 NetBSD_Secure_Shell-20150812-hpn13v14-lpk, OpenSSL 1.0.1u  22 Sep 2016',
  '7.99.34': 'OpenSSH_7.2 NetBSD_Secure_Shell-20160311-hpn13v14-lpk, OpenSSL 1.0.2h  3 May 2016',
  '8.2': 'OpenSSH_7.6 NetBSD_Secure_Shell-20171008-hpn13v14-lpk, OpenSSL 1.0.2k  26 Jan 2017',
  '9.3': 'OpenSSH_8.0 NetBSD_Secure_Shell-20190418-hpn13v14-lpk, OpenSSL 1.1.1k  25 Mar 2021',
  '10.0': 'OpenSSH_9.6 NetBSD_Secure_Shell-20231220-hpn13v14-lpk, OpenSSL 3.0.12 24 Oct 2023',
};

const SYSTEMS: Readonly<Record<string, Table>> = { FreeBSD: FREEBSD, OpenBSD: OPENBSD, NetBSD: NETBSD };
const DEBIAN = 'OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.11 19 Sep 2023';
const UBUNTU = 'OpenSSH_8.9p1 Ubuntu-3ubuntu0.6, OpenSSL 3.0.2 15 Mar 2022';

export type SshHost = Pick<CommonHost, 'uname' | 'files'>;

/** What `ssh -V` writes to standard error, without the newline. */
export function sshVersion({ uname, files }: SshHost): string {
  const found = SYSTEMS[uname.sysname]?.[uname.release.replace(/-RELEASE.*$/, '')];
  return found ?? ((files.read('/etc/os-release') ?? '').includes('ID=ubuntu') ? UBUNTU : DEBIAN);
}

/** Whether the release is this one or a later one, for example `since(host, 7, 2)`. */
export function since(host: SshHost, major: number, minor: number): boolean {
  const [, a, b] = /^OpenSSH_(\d+)\.(\d+)/.exec(sshVersion(host)) ?? [];
  return Number(a) > major || (Number(a) === major && Number(b) >= minor);
}

/** ed25519 came with 6.5. */
export const knowsEd25519 = (host: SshHost): boolean => since(host, 6, 5);
