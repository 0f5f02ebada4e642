/**
 * All commands, in the order of the help; each is loaded when it is wanted, because a run needs one of them and not what the others need.
 */
import type { CommandSpec } from '../spec.js';

type Load = () => Promise<CommandSpec>;

const LOADS: Readonly<Record<string, Load>> = {
  link: async () => (await import('./link.js')).link,
  plan: async () => (await import('./plan.js')).plan,
  verify: async () => (await import('./verify.js')).verify,
  diagnose: async () => (await import('./diagnose.js')).diagnose,
  status: async () => (await import('./status.js')).status,
  unlink: async () => (await import('./unlink.js')).unlink,
  rollback: async () => (await import('./rollback.js')).rollback,
  repoint: async () => (await import('./repoint.js')).repoint,
  unlock: async () => (await import('./unlock.js')).unlock,
  'updater install': async () => (await import('./updater-install.js')).updaterInstall,
  'updater uninstall': async () => (await import('./updater-install.js')).updaterUninstall,
  history: async () => (await import('./history.js')).history,
  show: async () => (await import('./show.js')).show,
  table: async () => (await import('./table.js')).table,
  offer: async () => (await import('./offer.js')).offer,
  accept: async () => (await import('./accept.js')).accept,
  facts: async () => (await import('./facts.js')).facts,
  adopt: async () => (await import('./adopt.js')).adopt,
  'import ansible': async () => (await import('./import.js')).importFromAnsible,
  'import ssh-config': async () => (await import('./import.js')).importFromSshConfig,
  'import netbox': async () => (await import('./import.js')).importFromNetBox,
  check: async () => (await import('./check.js')).check,
  'add host': async () => (await import('./add.js')).addHost,
  'add link': async () => (await import('./add.js')).addLink,
  allocate: async () => (await import('./allocate.js')).allocate,
  pools: async () => (await import('./pools.js')).pools,
  rehearse: async () => (await import('./rehearse.js')).rehearse,
  'twin up': async () => (await import('./twin.js')).twinUp,
  'twin list': async () => (await import('./twin.js')).twinList,
  'updater run': async () => (await import('./updater.js')).updaterRun,
  'updater once': async () => (await import('./updater.js')).updaterOnce,
  'updater status': async () => (await import('./updater.js')).updaterStatus,
  demo: async () => (await import('./demo.js')).demo,
  init: async () => (await import('./init.js')).init,
  schema: async () => (await import('./schema.js')).schema,
};

const firstWord = (name: string): string => name.split(' ')[0] ?? '';

/** What may stand first on a command line, `completion` apart. */
export const FIRST_WORDS: ReadonlySet<string> = new Set(Object.keys(LOADS).map(firstWord));

/**
 * The commands that a command line may mean.
 *
 * @param first - Its first word; where that is none of ours (an option, a mistake, `help`) all commands are needed, to be found or to be told.
 */
export async function commandsFor(first: string | undefined): Promise<readonly CommandSpec[]> {
  const all = Object.keys(LOADS);
  const meant = all.filter((name) => firstWord(name) === first);
  return Promise.all((meant.length > 0 ? meant : all).map((name) => (LOADS[name] as Load)()));
}
