/** `adopt`: a tunnel that was made by hand becomes a link, and the plan of it is empty, on every system and after a reboot. */
import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/load.js';
import type { Inventory } from '../../src/model/inventory.js';
import { adopt, facts } from '../../src/pipeline.js';
import type { Adopted, AdoptRequest } from '../../src/pipeline-adopt.js';
import { stepCount } from '../../src/plan/pair.js';
import { twinKinds } from '../../src/twin/families.js';
import { type HandFile, LEFT, makeByHand, RIGHT, WAYS, wayFor } from './adopt-hand.js';
import { runOptions } from './pair.js';
import { makeRig, type Rig, stepIds } from './rig.js';

const KINDS = twinKinds().filter((k) => !k.includes('nogre') && k !== 'Linux 6.1');
const PEER = 'FreeBSD 13.2';

const hostsText = (kind: string, peer = PEER): string => `hosts:
  left: { address: 203.0.113.1, twin: "${kind}" }
  right: { address: 203.0.113.2, twin: "${peer}" }
`;
/** A link that is never made: it lets the rig start both hosts. */
const UNUSED = `links:
  unused:
    subnet: 10.9.9.0/30
    ends: { left: { inner: 10.9.9.1, interface: gre9 }, right: { inner: 10.9.9.2, interface: gre9 } }
`;

const parse = (...texts: string[]): Inventory => parseInventory(texts.map((text, i) => ({ file: `${i}.yaml`, text })));

async function withHosts(kind: string, work: (rig: Rig, text: string) => Promise<void>, peer = PEER): Promise<void> {
  const text = hostsText(kind, peer);
  const rig = await makeRig(parse(text, UNUSED));
  try {
    await work(rig, text);
  } finally {
    await rig.close();
  }
}

function adoptFrom(rig: Rig, text: string, more: Partial<AdoptRequest> = {}): Promise<Adopted> {
  const inventory = parse(text);
  const request = { host: 'left', interface: 'gre1', parse: (source: { text: string }) => parse(text, source.text), ...more };
  return adopt({ ...runOptions(inventory), links: [], running: rig.options.running, adopt: request });
}

const EACH = KINDS.flatMap((kind) => WAYS.filter(([, kinds]) => kinds.test(kind)).map(([way, , recipe]) => [kind, way, recipe] as const));

describe('a tunnel made by hand', () => {
  it('has a way on every system that can be simulated', () => {
    expect(KINDS.filter((k) => !EACH.some(([kind]) => kind === k))).toEqual([]);
  });

  it.each(EACH)('%s, %s: adopted, the plan is empty, and after a reboot of both ends again', (kind, _way, recipe) =>
    withHosts(kind, async (rig, text) => {
      makeByHand(rig.host('left'), recipe, LEFT);
      makeByHand(rig.host('right'), wayFor(PEER), RIGHT);
      const mtu = /^(NetBSD 1\.|OpenBSD 3)/.test(kind) && !kind.includes('patched') ? 1450 : 1476;
      if (mtu === 1450) {
        // The administrators know of the fault and have lowered the other end.
        const conf = rig.host('right').system.files;
        conf.write('/etc/rc.conf', (conf.read('/etc/rc.conf') ?? '').replace(' up"', ' mtu 1450 up"'));
        rig.host('right').reboot();
      }
      const made = await adoptFrom(rig, text);
      expect(made.errors).toEqual([]);
      expect(made.plan?.ends.flatMap((e) => e.steps.map((s) => `${e.host} ${s.id}`))).toEqual([]);
      expect(made.unlike).toEqual([]);
      const inventory = parse(text, made.yaml);
      const link = inventory.links.get('left-right');
      expect([link?.mtu, link?.subnet]).toEqual([mtu, '10.1.12.36/30']);
      for (const host of ['left', 'right']) rig.host(host).reboot();
      const after = await rig.run('plan', { inventory, links: ['left-right'] });
      expect([after.state, after.errors, stepIds(after.plan)]).toEqual(['as-wanted', [], []]);
      const verified = await rig.run('verify', { inventory, links: ['left-right'] });
      expect(verified.checks.filter((c) => c.id === 'ping' && c.ok)).toHaveLength(2);
    }));
});

describe('files of others in a folder that is looked through', () => {
  it('give their keys to nobody: neither events nor facts hold them', () =>
    withHosts('Debian 12 networkd', async (rig, text) => {
      const { files } = rig.host('left').system;
      files.write('/etc/systemd/network/wg0.netdev', '[NetDev]\nName=wg0\nKind=wireguard\n\n[WireGuard]\nPrivateKey=S3CRET==\n', 0o640);
      const { plan: made } = await rig.run('plan', { inventory: parse(text, UNUSED) });
      expect(stepCount(made ?? expect.fail('no plan'))).toBeGreaterThan(0);
      const found = await facts({ ...rig.options, inventory: parse(text, UNUSED), host: 'left' });
      const seen = found.flatMap((f) => [...f.files.values()]).find((f) => f.path.endsWith('wg0.netdev'));
      expect(Buffer.from(seen?.content ?? []).toString()).toContain('PrivateKey=(left out)');
      expect(JSON.stringify(rig.events)).not.toContain('S3CRET');
    }));

  it('with names that are no plain names, or too many of them, prove nothing', () =>
    withHosts('Debian 12 networkd', async (rig, text) => {
      makeByHand(rig.host('left'), wayFor('Debian 12 networkd'), LEFT);
      makeByHand(rig.host('right'), wayFor(PEER), RIGHT);
      const odd = '/etc/systemd/network/a b.network';
      rig.host('left').system.files.write(odd, '[Match]\nName=gre1\n');
      expect((await adoptFrom(rig, text)).errors.map((e) => e.code)).toEqual(['BOOT_FILE_FOREIGN']);
      rig.host('left').system.files.remove(odd);
      for (let n = 0; n < 70; n++) rig.host('left').system.files.write(`/etc/systemd/network/${n}.network`, '[Match]\nName=eth9\n');
      expect((await adoptFrom(rig, text)).errors.map((e) => e.code)).toEqual(['BOOT_FILE_FOREIGN']);
    }));
});

interface Change {
  readonly what: string;
  readonly files: readonly HandFile[];
}

/** Every hand-made change of one line: left out, behind the next one, or with another number in it. */
function changesOf(files: readonly HandFile[]): Change[] {
  return files.flatMap(([path, text, mode], f) => {
    const lines = text.split('\n').slice(0, -1);
    const made = (what: string, at: number, by: readonly string[], long = 1): Change => {
      const next = [...lines.slice(0, at), ...by, ...lines.slice(at + long)].map((l) => `${l}\n`).join('');
      const file: HandFile = mode === undefined ? [path, next] : [path, next, mode];
      return { what: `${path} line ${at + 1} ${what}`, files: files.map((old, i) => (i === f ? file : old)) };
    };
    return lines.flatMap((line, at) => {
      if (line.trim() === '' || line.startsWith('#')) return [];
      const below = lines[at + 1];
      return [
        made('left out', at, []),
        made('changed', at, [line.replace(/\d(?=\D*$)/, (d) => String((Number(d) + 1) % 10))]),
        ...(below === undefined ? [] : [made('behind the next', at, [below, line], 2)]),
      ];
    });
  });
}

describe('what was written by hand and is not quite the same', () => {
  const ONE = WAYS.map(([way, kinds, recipe]) => [KINDS.find((k) => kinds.test(k)) ?? '', way, recipe] as const);

  it.each(ONE)('%s, %s: whatever the plan calls as wanted is so after a reboot too; most changes are seen', (kind, _way, recipe) =>
    withHosts(kind, async (rig, text) => {
      makeByHand(rig.host('right'), wayFor(PEER), RIGHT);
      const old = /^(NetBSD 1\.|OpenBSD 3)/.test(kind);
      const ttl = /^(Debian|Ubuntu)/.test(kind) ? 'ttl: 255' : 'ttl: 64';
      const link = `links:
  pair:
    subnet: 10.1.12.36/30
    mtu: ${old ? 1450 : 1476}
    ${ttl}
    multicast: false
    ends: { left: { inner: 10.1.12.37, interface: gre1 }, right: { inner: 10.1.12.38, interface: gre1 } }
`;
      const inventory = parse(text, link);
      const { files } = rig.host('left').system;
      const fresh = new Map(files.paths().map((path) => [path, files.get(path)]));
      const restore = (): void => {
        for (const path of files.paths()) if (!fresh.has(path)) files.remove(path);
        for (const [path, file] of fresh) if (file !== undefined && file.link === undefined) files.write(path, file.content, file.mode);
      };
      const leftSteps = async (): Promise<string> => {
        const { plan: made, errors } = await rig.run('plan', { inventory, links: ['pair'] });
        return errors.length > 0 ? errors.map((e) => `${e.code} ${e.why ?? e.message}`).join() : (made?.ends[0].steps.map((s) => s.id).join() ?? '');
      };
      let accepted = 0;
      const changes = changesOf(recipe(LEFT));
      for (const { what, files: changed } of changes) {
        restore();
        makeByHand(rig.host('left'), recipe, LEFT);
        // The tunnel stands as it was; only the files are other ones.
        restore();
        for (const [path, more, mode] of changed) {
          if (mode === undefined) files.write(path, `${fresh.get(path)?.content ?? ''}${more}`);
          else files.write(path, more, mode);
        }
        if ((await leftSteps()) !== '') continue;
        accepted += 1;
        rig.host('left').reboot();
        expect([what, await leftSteps()]).toEqual([what, '']);
      }
      expect(accepted).toBeLessThanOrEqual(changes.length * 0.6);
    }));
});
