/** The guide's example through the command line: exactly the commands of the guide, in its order, and nothing else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import * as pipeline from '../../src/pipeline.js';

interface Step {
  readonly words?: readonly string[];
  readonly file?: { readonly path: string };
}
interface End {
  readonly host: string;
  readonly system: string;
  readonly driver: string;
  readonly playbook: string;
  readonly steps: readonly Step[];
}
interface Document {
  readonly schema: string;
  readonly exit: number;
  readonly links: readonly { readonly mtu: { readonly bytes: number; readonly why: string }; readonly ends: readonly End[] }[];
}

async function provision(argv: readonly string[], inventory?: string): Promise<{ exit: number; document: Document; err: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'golden-'));
  const out: string[] = [];
  const err: string[] = [];
  try {
    const file = join(folder, 'i.yaml');
    if (inventory !== undefined) writeFileSync(file, inventory);
    const io = {
      stdout: { write: (t: string) => void out.push(t), isTTY: false },
      stderr: { write: (t: string) => void err.push(t), isTTY: false },
      env: { XDG_STATE_HOME: folder },
      cwd: process.cwd(),
      ask: undefined,
      onStop: () => () => undefined,
      pipeline: () => Promise.resolve(pipeline),
    };
    const exit = await run([...argv, '--json', '-i', inventory === undefined ? 'inventory/guide.yaml' : file], '0', io);
    return { exit, document: JSON.parse(out.join('')) as Document, err: err.join('') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wordsOf = (document: Document, host: string): string[] =>
  document.links[0]?.ends.find((e) => e.host === host)?.steps.flatMap((s) => (s.words === undefined ? [] : [s.words.join(' ')])) ?? [];

const MOSTLY = [
  'ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up',
  '/usr/sbin/greconfig -i gre1 -v -s 212.25.240.34 -d 217.154.12.2',
];
const WLAN = [
  'kldload if_gre.ko',
  'sysctl -w net.inet.ip.gre_default_mtu=1450',
  'ifconfig gre1 create',
  'ifconfig gre1 tunnel 217.154.12.2 212.25.240.34',
  'ifconfig gre1 mtu 1450',
  'ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252',
  'ifconfig gre1 up',
];

const inventory = (mostly: string, wlan: string, mtu = ''): string => `hosts:
  mostly: { address: 212.25.240.34, twin: ${mostly} }
  wlan: { address: 217.154.12.2, twin: ${wlan} }
links:
  mostly-wlan:
    subnet: 10.1.12.36/30${mtu === '' ? '' : `\n    mtu: ${mtu}`}
    ends:
      mostly: { inner: 10.1.12.37, interface: gre1 }
      wlan: { inner: 10.1.12.38, interface: gre1 }
`;

describe("the guide's example", () => {
  it.each(['plan', 'rehearse'])('%s --json holds exactly the commands of the guide, in its order', async (verb) => {
    const { exit, document } = await provision([verb]);
    expect(exit).toBe(verb === 'plan' ? 2 : 0);
    expect(document.exit).toBe(exit);
    expect(document.schema).toMatch(/\d/);
    expect(wordsOf(document, 'mostly')).toEqual(MOSTLY);
    expect(wordsOf(document, 'wlan')).toEqual(WLAN);
    const [mostly, wlan] = document.links[0]?.ends ?? [];
    expect([mostly?.system, mostly?.playbook, wlan?.system, wlan?.playbook]).toEqual(['NetBSD', 'netbsd-greconfig', 'FreeBSD', 'freebsd4-if-gre']);
    expect([mostly, wlan].flatMap((e) => e?.steps.flatMap((s) => (s.file === undefined ? [] : [s.file.path])) ?? [])).toEqual([
      '/etc/ifconfig.gre1',
      '/etc/netstart.local',
      '/usr/local/etc/rc.d/provision-gre1.sh',
    ]);
  });

  it('leaves kldload away where kldstat shows the driver', async () => {
    const { document } = await provision(['plan'], inventory('NetBSD 1.5.2', 'FreeBSD 4.5 loaded'));
    expect(wordsOf(document, 'wlan')).toEqual(WLAN.slice(1));
    expect(wordsOf(document, 'mostly')).toEqual(MOSTLY);
  });

  it('takes 1450 because of the driver of mostly, and says so', async () => {
    const { document } = await provision(['plan'], inventory('NetBSD 1.5.2', 'FreeBSD 4.5', 'auto'));
    expect(document.links[0]?.mtu).toEqual({ bytes: 1450, why: expect.stringMatching(/mostly.*1450/) as string });
  });

  it('takes 1476 on both ends between two systems without the fault, and says why', async () => {
    const { exit, document } = await provision(['rehearse'], inventory('NetBSD 9.3', 'FreeBSD 13.2'));
    expect(exit).toBe(0);
    expect(document.links[0]?.mtu).toEqual({ bytes: 1476, why: expect.stringContaining('both ends can do 1476') as string });
    expect(['mostly', 'wlan'].flatMap((h) => wordsOf(document, h).filter((w) => w.includes(' mtu ')))).toEqual([]);
  });

  it('takes 1476 where the kernel of mostly was patched as the guide shows', async () => {
    const { exit, document } = await provision(['rehearse'], inventory('NetBSD 1.5.2 patched', 'FreeBSD 4.5'));
    expect([exit, document.links[0]?.mtu.bytes]).toEqual([0, 1476]);
    expect(wordsOf(document, 'wlan')).not.toContain('sysctl -w net.inet.ip.gre_default_mtu=1450');
  });
});
