/** An inventory of one link between two simulated systems, and a run of the pipeline over it, for tests. */
import { parseInventory } from '../../src/inventory/load.js';
import type { Inventory } from '../../src/model/inventory.js';
import type { RunEvent } from '../../src/model/outcome.js';
import type { RunOptions } from '../../src/pipeline.js';
import { loadPlaybooks } from '../../src/playbook/load.js';

/** The link of a pair; its hosts stand above it. @param extra - Lines of the link. */
export const pairLink = (extra = ''): string => `links:
  pair:
    subnet: 10.1.12.36/30
${extra === '' ? '' : `${extra}\n`}    ends:
      left: { inner: 10.1.12.37, interface: gre1 }
      right: { inner: 10.1.12.38, interface: gre1 }
`;

/** @param outer - Outer address of the right end. */
export function pairText(left: string, right: string, extra = '', outer = '203.0.113.2'): string {
  return `
hosts:
  left: { address: 203.0.113.1, twin: "${left}" }
  right: { address: ${outer}, twin: "${right}" }
${pairLink(extra)}`;
}

export function pairInventory(...pair: Parameters<typeof pairText>): Inventory {
  return parseInventory([{ file: 'pair.yaml', text: pairText(...pair) }]);
}

/** The right end has moved to another address. */
export const movedInventory = (left: string, right: string): Inventory => pairInventory(left, right, '', '203.0.113.9');

const playbooks = await loadPlaybooks();

export function runOptions(inventory: Inventory, events: RunEvent[] = []): RunOptions {
  return {
    inventory,
    playbooks,
    links: [...inventory.links.keys()],
    emit: (e) => void events.push(e),
    acceptNew: false,
    timeoutMs: 10_000,
    concurrency: 8,
    guardSeconds: 30,
    oneWay: false,
    verbose: false,
    logFile: '',
    twin: 'all',
    confirm: () => Promise.resolve(true),
  };
}
