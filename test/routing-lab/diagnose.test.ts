/**
 * `diagnose` on real kernels with real daemons: one fault at a time, made by an administrator's commands; it names the right cause first, and says that
 * nothing is wrong before, between and after.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab, NFT } from '../lab/lab.js';
import { BROKEN, type Broken } from './broken.js';
import { RoutingRig } from './rig.js';

const MINUTES = 60_000;
/** Longer than the dead interval of the link: what a fault does to a neighbour is there by then. */
const SETTLED_MS = 14_000;

interface Document {
  readonly links: readonly { readonly causes: readonly { readonly code: string; readonly host: string | null; readonly text: string }[] }[];
}

describeLab('diagnose of a link with OSPF between real hosts', () => {
  let rig: RoutingRig;

  const act = (broken: Broken, command: string): Promise<string> => (broken.at === 'router' ? rig.router(command) : rig.must(broken.at, command));
  const causes = async (): Promise<string[]> => {
    const ran = await rig.provision('diagnose', 'frr-frr', '--json');
    if (ran.exit !== 0 && ran.exit !== 2) throw new Error(`exit ${ran.exit}: ${ran.stderr}${ran.stdout}`);
    const [link] = (JSON.parse(ran.stdout) as Document).links;
    return (link?.causes ?? []).map((c) => `${c.code} ${c.host ?? ''}: ${c.text}`);
  };

  beforeAll(async () => {
    rig = await RoutingRig.start();
    const ran = await rig.provision('link', 'frr-frr', '--yes');
    if (ran.exit !== 0) throw new Error(ran.stderr + ran.stdout);
  }, 20 * MINUTES);
  afterAll(() => rig?.lab.stop(), 3 * MINUTES);

  it('nothing is wrong with the link as it was made', { timeout: 5 * MINUTES }, async () => {
    expect(await causes()).toEqual([]);
  });

  it.each(BROKEN.map((b) => [`${b.name} (${b.at}): ${b.code}`, b] as const))('%s', { timeout: 6 * MINUTES }, async (_, broken) => {
    await act(broken, broken.break);
    try {
      await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
      expect((await causes())[0] ?? 'nothing wrong').toContain(`${broken.code} ${broken.host ?? ''}:`);
    } finally {
      await act(broken, broken.mend);
    }
    expect(await rig.await(([a, b]) => a === 'Full' && b === 'Full')).toMatchObject({ 0: 'Full', 1: 'Full' });
  });

  it('nothing is wrong once all is mended', { timeout: 5 * MINUTES }, async () => {
    expect(await causes()).toEqual([]);
  });
}, [NFT]);
