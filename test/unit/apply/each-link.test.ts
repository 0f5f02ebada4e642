import { describe, expect, it } from 'vitest';
import { outcome } from '../../../src/apply/outcome.js';
import type { World } from '../../../src/apply/world.js';
import { ProvisionError } from '../../../src/errors/error.js';
import { parseInventory } from '../../../src/inventory/load.js';
import { eachLink } from '../../../src/pipeline-run.js';
import { runOptions } from '../../twin/pair.js';

/** A chain: hosts h0 to h3, links 0 to 2 between neighbours. */
const TEXT = `hosts:
${[0, 1, 2, 3].map((i) => `  h${i}: { address: 203.0.113.${i + 1} }`).join('\n')}
links:
${[0, 1, 2]
  .map(
    (i) => `  l${i}:
    subnet: 10.1.12.${4 * i}/30
    ends:
      h${i}: { inner: 10.1.12.${4 * i + 1}, interface: gre${i} }
      h${i + 1}: { inner: 10.1.12.${4 * i + 2}, interface: gre${i} }`,
  )
  .join('\n')}
`;

async function told(links: readonly string[], fails = ''): Promise<string[]> {
  const said: string[] = [];
  const inventory = parseInventory([{ file: 'chain.yaml', text: TEXT }]);
  const options = { ...runOptions(inventory), concurrency: 1 };
  const emit = (event: Parameters<typeof options.emit>[0]): void => void (event.type === 'outcome' && said.push(event.outcome.link));
  const hosts = { leave: (host: string) => Promise.resolve(void said.push(`bye ${host}`)) };
  const world = { options: { ...options, emit }, hosts } as unknown as World;
  await eachLink(world, { ...options, links }, (link, since) =>
    link === fails ? Promise.reject(new ProvisionError('HOST_DOWN', 'h0 does not answer.')) : Promise.resolve(outcome(link, since, 'as-wanted')),
  );
  return said;
}

describe('a run over links that share hosts', () => {
  it('says goodbye to a host when the last of its links has ended, and not before', async () => {
    expect(await told(['l0', 'l1', 'l2'])).toEqual(['l0', 'bye h0', 'l1', 'bye h1', 'l2', 'bye h2', 'bye h3']);
  });

  it('counts the links of this run only', async () => {
    expect(await told(['l0', 'l2'])).toEqual(['l0', 'bye h0', 'bye h1', 'l2', 'bye h2', 'bye h3']);
  });

  it('says goodbye after a failure too', async () => {
    expect(await told(['l0'], 'l0')).toEqual(['l0', 'bye h0', 'bye h1']);
  });
});
