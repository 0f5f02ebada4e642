/**
 * The present addresses of dynamic hosts, kept on the controller.
 *
 * In: a folder. Out: one file for each host, with its address and since when. Two runs that store at once each write their own host's file whole.
 */
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { lazy } from '../files/lazy.js';
import { replaceFile } from '../files/write.js';
import { outerForm } from '../inventory/address.js';

const SCHEMA = 'provision/address/1';

const shape = lazy(() =>
  z.object({
    schema: z.literal(SCHEMA),
    host: z.string(),
    address: z.string().refine((text) => outerForm(text) === undefined),
    since: z.string().refine((text) => Number.isFinite(Date.parse(text))),
  }),
);

/** The present address of one host. */
export interface Present {
  readonly address: string;
  /** UTC, ISO 8601. */
  readonly since: string;
}

/** Host names may hold anything; a file name must not. */
const fileOf = (folder: string, host: string): string => join(folder, `${encodeURIComponent(host).replaceAll('.', '%2E')}.json`);

function read(file: string): [string, Present] | undefined {
  try {
    const { host, address, since } = shape().parse(JSON.parse(readFileSync(file, 'utf8')));
    return [host, { address, since }];
  } catch {
    // A file that is torn or not ours says nothing: the address is not known then, and that is told where it is needed.
    return undefined;
  }
}

/** By host name; empty where there is no folder. */
export function readAddresses(folder: string): ReadonlyMap<string, Present> {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return new Map();
  }
  return new Map(names.flatMap((name) => [read(join(folder, name))].filter((entry) => entry !== undefined)));
}

/** @param folder - Must be there. @throws the system's error where it cannot be written; what was known before is still there then. */
export function storeAddress(folder: string, host: string, address: string): void {
  chmodSync(folder, 0o700);
  const text = JSON.stringify({ schema: SCHEMA, host, address, since: new Date().toISOString() });
  replaceFile(fileOf(folder, host), `${text}\n`, 0o600);
}
