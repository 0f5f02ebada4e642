/** All commands, in the order of the help. */
import type { CommandSpec } from '../spec.js';
import { accept } from './accept.js';
import { addHost, addLink } from './add.js';
import { adopt } from './adopt.js';
import { allocate } from './allocate.js';
import { check } from './check.js';
import { demo } from './demo.js';
import { diagnose } from './diagnose.js';
import { facts } from './facts.js';
import { history } from './history.js';
import { importFromAnsible, importFromNetBox, importFromSshConfig } from './import.js';
import { init } from './init.js';
import { link } from './link.js';
import { offer } from './offer.js';
import { plan } from './plan.js';
import { pools } from './pools.js';
import { rehearse } from './rehearse.js';
import { repoint } from './repoint.js';
import { rollback } from './rollback.js';
import { schema } from './schema.js';
import { show } from './show.js';
import { status } from './status.js';
import { table } from './table.js';
import { twinList, twinUp } from './twin.js';
import { unlink } from './unlink.js';
import { unlock } from './unlock.js';
import { updaterOnce, updaterRun, updaterStatus } from './updater.js';
import { updaterInstall, updaterUninstall } from './updater-install.js';
import { verify } from './verify.js';

export const COMMANDS: readonly CommandSpec[] = [
  link,
  plan,
  verify,
  diagnose,
  status,
  unlink,
  rollback,
  repoint,
  unlock,
  updaterInstall,
  updaterUninstall,
  history,
  show,
  table,
  offer,
  accept,
  facts,
  adopt,
  importFromAnsible,
  importFromSshConfig,
  importFromNetBox,
  check,
  addHost,
  addLink,
  allocate,
  pools,
  rehearse,
  twinUp,
  twinList,
  updaterRun,
  updaterOnce,
  updaterStatus,
  demo,
  init,
  schema,
];
