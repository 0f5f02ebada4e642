/** `twin up`: simulated hosts left listening on loopback, to look around with plain ssh. `twin list`: what can be simulated. */
import { clean } from '../../errors/clean.js';
import { twinKinds } from '../../twin/families.js';
import { prepare } from '../links.js';
import type { CommandSpec } from '../spec.js';
import type { TwinEndpoint } from '../types.js';

const endpointLine = (e: TwinEndpoint): string => `  ${clean(e.host)}  ${clean(e.system)}  ${clean(e.address)} port ${e.port}`;

export const twinUp: CommandSpec = {
  name: 'twin up',
  summary: 'start the simulated hosts of the inventory and leave them listening on loopback until Ctrl-C',
  run: async (session) => {
    const { inventory, links, pipeline } = await prepare(session, []);
    const twin = await pipeline.twinUp(session.runOptions(inventory, links, { twin: 'all' }));
    session.say(`Simulated hosts are listening:\n${twin.endpoints.map(endpointLine).join('\n')}\nPress Ctrl-C to end them.`);
    await new Promise<void>((resolve) => {
      if (session.signal.aborted) resolve();
      session.signal.addEventListener('abort', () => resolve());
    });
    await twin.close();
    return { exit: 0, document: { endpoints: twin.endpoints } };
  },
};

export const twinList: CommandSpec = {
  name: 'twin list',
  summary: 'systems and releases that can be simulated, as written behind twin: in an inventory',
  quiet: true,
  run: (session) => {
    const kinds = twinKinds();
    session.say(kinds.join('\n'));
    return { exit: 0, document: { kinds } };
  },
};
