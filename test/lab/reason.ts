/**
 * Whether the lab can run on this machine, and the suite wrapper that says so by name.
 *
 * in: this machine (user, packages, kernel) and the environment variable PROVISION_LAB
 * out: a reason in words, or undefined; `describeLab`, which skips with that reason in its name, or fails where the lab is required
 * why: `npm test` installs nothing unasked; a lab that silently did not run would look like a passed one.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A program that is started, and the Debian package that holds it. */
type Program = readonly [program: string, debianPackage: string];

const PROGRAMS: readonly Program[] = [
  ['linux.uml', 'user-mode-linux'],
  ['debootstrap', 'debootstrap'],
  ['ssh', 'openssh-client'],
  ['ip', 'iproute2'],
  ['tcpdump', 'tcpdump'],
  ['flock', 'util-linux'],
];
/** What else it needs where a guest would not start without help (xstate.sh). */
const COMPILER: Program = ['cc', 'gcc libc6-dev'];
/** For suites that have a router of their own in the lab's namespace. */
export const NFT: Program = ['nft', 'nftables'];
export const CONNTRACK: Program = ['conntrack', 'conntrack'];
const MODULES = '/usr/lib/uml/modules';

/** The folder of the installed kernel's modules (its release is the folder's name), or undefined if there is none. */
export function moduleFolder(): string | undefined {
  const release = existsSync(MODULES) ? readdirSync(MODULES).sort().at(-1) : undefined;
  return release === undefined ? undefined : join(MODULES, release);
}

/** Whether this processor has more floating point state than user-mode Linux knows of. */
export const hasAmx = (): boolean => / amx_tile\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

function onPath(program: string): boolean {
  return `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function namespaceTrouble(): string | undefined {
  const name = `plab-probe-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `no network namespaces here: ${(made.stderr ?? '').trim()}`;
  const tap = spawnSync('ip', ['-n', name, 'tuntap', 'add', 'probe0', 'mode', 'tap'], { encoding: 'utf8' });
  spawnSync('ip', ['netns', 'del', name]);
  return tap.status === 0 ? undefined : `no tap devices here: ${(tap.stderr ?? '').trim()}`;
}

/** Why the lab can't run here, as one sentence for a test's name; undefined if it can. @param more - What a suite needs beside. */
export function labReason(more: readonly Program[] = []): string | undefined {
  if (process.env.PROVISION_LAB === 'off') return 'switched off by PROVISION_LAB=off';
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version')) return 'this is not a Debian system';
  if (process.arch !== 'x64') return `user-mode-linux runs on amd64 only, this is ${process.arch}`;
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces and root file systems';
  const missing = [...PROGRAMS, ...more, ...(hasAmx() ? [COMPILER] : [])]
    .filter(([program]) => !onPath(program))
    .map(([, debianPackage]) => debianPackage);
  if (missing.length > 0) return `apt-get install ${missing.join(' ')} is needed first`;
  if (moduleFolder() === undefined) return `no kernel modules in ${MODULES}`;
  return namespaceTrouble();
}

/** A suite that needs the lab. Skipped with the reason in its name where the lab can't run; with PROVISION_LAB=require that is a failure. */
export function describeLab(name: string, body: () => void, more: readonly Program[] = []): void {
  const reason = labReason(more);
  if (reason === undefined) describe(name, body);
  else if (process.env.PROVISION_LAB === 'require') {
    describe(name, () => {
      it('runs in the lab, which PROVISION_LAB=require asks for', () => {
        expect.fail(`the lab can't run here: ${reason}`);
      });
    });
  } else {
    describe.skip(`${name} (lab skipped: ${reason})`, body);
  }
}
