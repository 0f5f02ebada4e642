import { clean } from '../../errors/clean.js';
import { count } from '../../report/plan.js';
import type { CommandSpec } from '../spec.js';

export const check: CommandSpec = {
  name: 'check',
  summary: 'read inventory and playbooks and tell every error; no network (for CI)',
  quiet: true,
  run: (session) => {
    const inventory = session.loadInventory();
    const { playbooks } = session.runOptions(inventory, []);
    const { hosts, links, files } = inventory;
    session.say(
      `ok  ${count(hosts.size, 'host')}, ${count(links.size, 'link')} in ${files.map((f) => clean(f)).join(', ')}; ${playbooks.length} playbooks`,
    );
    return {
      exit: 0,
      document: {
        files,
        hosts: [...hosts.keys()],
        links: [...links.keys()],
        playbooks: playbooks.map(({ name, file, builtIn }) => ({ name, file, builtIn })),
      },
    };
  },
};
