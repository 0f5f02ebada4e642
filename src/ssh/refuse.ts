/**
 * The directives of ssh_config that matter and cannot be honoured: an error with file and line, unless the inventory says
 * the same thing in its own words.
 */
import { isIP } from 'node:net';
import type { SshSettings } from '../model/inventory.js';
import type { SshConfig } from './config.js';
import { configError } from './config-file.js';
import { REFUSED } from './directives.js';

/** @throws ProvisionError SSH_CONFIG for the first of them. */
export function refuseDirectives(config: SshConfig, ssh: SshSettings, address: string): void {
  for (const [keyword, { neutral, why, unless }] of Object.entries(REFUSED)) {
    const line = config.get(keyword);
    if (!line || neutral.includes(line.args.join(' ').toLowerCase())) continue;
    if (unless !== undefined && ssh[unless] !== undefined) continue;
    if (keyword === 'canonicalizehostname' && isIP(address) !== 0) continue;
    const next = unless === undefined ? undefined : `Set ssh.${unless} for this host in the inventory, or change line ${line.line} of ${line.file}.`;
    throw configError(line, `${line.shown} in ${line.file} cannot be honoured.`, why, next);
  }
}
