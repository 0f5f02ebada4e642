/** `plan --offline` of very many links, which are planned some at a time. The pipeline is a double. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, type World } from './harness.js';

const LINKS = 600;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'offline-'));
  const hosts = Array.from({ length: LINKS + 1 }, (_, i) => `  h${i}: { address: 198.18.${i >> 8}.${i & 255} }`);
  const link = (i: number): string => {
    const [net, at] = [4 * i, (n: number) => `10.0.${n >> 8}.${n & 255}`];
    return `  l${i}: { subnet: ${at(net)}/30, ends: { h${i}: { inner: ${at(net + 1)}, interface: gre${i}a }, h${i + 1}: { inner: ${at(net + 2)}, interface: gre${i}b } } }`;
  };
  writeFileSync(join(folder, 'i.yaml'), ['hosts:', ...hosts, 'links:', ...Array.from({ length: LINKS }, (_, i) => link(i)), ''].join('\n'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const plan = (more: readonly string[], world: World = {}) => cli(['plan', '--offline', '-i', join(folder, 'i.yaml'), ...more], world);

describe('plan --offline of very many links', () => {
  it('plans each of them once', async () => {
    const ran = await plan([]);
    expect(ran.err).toBe('');
    expect(ran.calls.flatMap((c) => c.options.links)).toEqual(Array.from({ length: LINKS }, (_, i) => `l${i}`));
    expect(Math.max(...ran.calls.map((c) => c.options.links.length))).toBeLessThan(LINKS);
  });

  it('ends at Ctrl-C with what it has, says so once, and exits 1: nothing was changed', async () => {
    const ran = await plan(['--json'], { during: (stop) => stop() });
    expect(ran.calls).toHaveLength(1);
    expect(ran.exit).toBe(1);
    expect(ran.err.match(/Stopped by the user/g)).toHaveLength(1);
    const { links } = JSON.parse(ran.out) as { links: readonly { readonly link: string; readonly state: string }[] };
    expect(links.at(-1)).toMatchObject({ link: `l${LINKS - 1}`, state: 'unchanged' });
  });

  it('keeps no log and no journal: it neither reads nor changes a host', async () => {
    let file: string | undefined;
    const during: World['during'] = (_stop, options) => {
      file = options.logFile;
    };
    await plan([], { during });
    expect(file).toBe('');
  });
});
