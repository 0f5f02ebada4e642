import { clean } from '../../errors/clean.js';
import { ProvisionError, ProvisionErrors } from '../../errors/error.js';
import { inventoryFiles } from '../../inventory/files.js';
import type { Inventory } from '../../model/inventory.js';
import type { ErrorReport } from '../../model/outcome.js';
import type { Playbook } from '../../playbook/schema.js';
import { fileCases } from '../../report/findings.js';
import { count } from '../../report/plan.js';
import { FORMAT } from '../links.js';
import type { Session } from '../session.js';
import type { CommandSpec } from '../spec.js';

/** What some work gives, or every error that it found. */
async function tried<T>(work: () => T | Promise<T>): Promise<{ readonly value?: T; readonly errors: readonly ProvisionError[] }> {
  try {
    return { value: await work(), errors: [] };
  } catch (error) {
    if (error instanceof ProvisionErrors) return { errors: error.errors };
    if (error instanceof ProvisionError) return { errors: [error] };
    throw error;
  }
}

function sayGood(session: Session, { hosts, links, files }: Inventory, playbooks: readonly Playbook[]): void {
  session.say(
    `ok  ${count(hosts.size, 'host')}, ${count(links.size, 'link')} in ${files.map((f) => clean(f)).join(', ')}; ${playbooks.length} playbooks`,
  );
}

export const check: CommandSpec = {
  name: 'check',
  summary: 'read inventory and playbooks and tell every error; no network (for CI)',
  quiet: true,
  options: [FORMAT],
  examples: ['provision check', 'provision check --format sarif'],
  run: async (session) => {
    const path = session.inventoryPath;
    const listed = inventoryFiles(path, session.boundary(path));
    const inventory = await tried(() => session.loadInventory(true));
    const playbooks = await tried(() => session.loadPlaybooks(true));
    const errors = [...inventory.errors, ...playbooks.errors];
    const reports: readonly ErrorReport[] = errors.map((e) => e.report());
    const own = (playbooks.value ?? []).filter((p) => !p.builtIn).map((p) => p.file);
    const cases = fileCases([...listed, ...own], reports, path);
    if (inventory.value === undefined || playbooks.value === undefined) {
      return { exit: errors[0]?.exitCode ?? 65, document: {}, errors: reports, ownErrors: reports, cases };
    }
    sayGood(session, inventory.value, playbooks.value);
    const { files, hosts, links } = inventory.value;
    const document = {
      files,
      hosts: [...hosts.keys()],
      links: [...links.keys()],
      playbooks: playbooks.value.map(({ name, file, builtIn }) => ({ name, file, builtIn })),
    };
    return { exit: 0, document, cases };
  },
};
