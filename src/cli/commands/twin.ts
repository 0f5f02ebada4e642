/** `twin up`: simulated hosts left listening on loopback, to look around with plain ssh. `twin list`: what can be simulated. */
import { clean } from '../../errors/clean.js';
import { commandLine } from '../../report/words.js';
import { prepare } from '../links.js';
import type { CommandSpec } from '../spec.js';
import type { RunningTwin } from '../types.js';

type Endpoint = RunningTwin['endpoints'][number];

/** The host and the command that logs in to it. Its key is new each time and it listens on loopback only, so its host key stands in a file of its own beside it. */
function endpointLines(e: Endpoint): string[] {
  const words = [
    'ssh',
    '-i',
    e.keyFile,
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    `UserKnownHostsFile=${e.knownHostsFile}`,
    '-o',
    'StrictHostKeyChecking=yes',
    '-p',
    String(e.port),
    `root@${e.address}`,
  ];
  return [`  ${clean(e.host)}  ${clean(e.system)}`, `    ${commandLine(words)}`];
}

export const twinUp: CommandSpec = {
  name: 'twin up',
  summary: 'start the simulated hosts of the inventory and leave them listening on loopback until Ctrl-C',
  stopText: 'Ending the simulated hosts.',
  run: async (session) => {
    const { inventory, links, pipeline } = await prepare(session, []);
    const twin = await pipeline.twinUp(await session.runOptions(inventory, links, { twin: 'all' }));
    session.say(`Simulated hosts are listening:\n${twin.endpoints.flatMap(endpointLines).join('\n')}\nPress Ctrl-C to end them.`);
    session.document({ endpoints: twin.endpoints });
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
  run: async (session) => {
    // All simulated systems: no other command needs to load them.
    const { twinKinds } = await import('../../twin/families.js');
    const kinds = twinKinds();
    session.say(kinds.join('\n'));
    return { exit: 0, document: { kinds } };
  },
};
