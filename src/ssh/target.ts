/**
 * From a host of the inventory to a target.
 *
 * Dialled is ssh.host, else the inventory name if ssh_config knows it (a block other than `*` speaks of it), else the address.
 * What the inventory does not say comes from ssh_config, read for exactly that name, as if it were typed after `ssh`.
 * `hostname` is a label for people and never dialled. Nothing is resolved and nobody is asked here.
 */
import { homedir, userInfo } from 'node:os';
import { ProvisionError } from '../errors/error.js';
import type { Host, HostAddress, Inventory, SshSettings } from '../model/inventory.js';
import { type ConfigQuery, readSshConfig, type SshConfig } from './config.js';
import { configError } from './config-file.js';
import type { SshTarget } from './endpoint.js';
import { Passphrases } from './passphrase.js';
import { refuseDirectives } from './refuse.js';
import { readAlgorithms, readHostKeys, readIdentities, readLine } from './settings.js';
import { expandTokens, type HostSpec, parseHostSpec, type Tokens, unbracket, wholeNumber, word } from './values.js';

export { place, type SshTarget } from './endpoint.js';

export interface ResolveOptions {
  /** Record unknown host keys (`--accept-new`). */
  readonly acceptNew: boolean;
  /** For TCP and key exchange; wins over ConnectTimeout. Default: ConnectTimeout, else 10 s. */
  readonly timeoutMs?: number;
  /** As `ssh -F`; `none` for no file. */
  readonly configFile?: string;
  /** Default `/etc/ssh/ssh_config`. */
  readonly systemConfigFile?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Those of the run; absent: of this host alone. */
  readonly passphrases?: Passphrases;
  readonly homeDir?: string;
}

/** Jump hosts of jump hosts: more is a loop. */
const MAX_JUMPS = 8;

interface Context {
  readonly inventory: Inventory;
  readonly options: ResolveOptions;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly localUser: string;
}

/** A host to resolve: of the inventory, or one that only ssh_config or ProxyJump names. */
interface Wanted {
  readonly name: string;
  readonly ssh: SshSettings;
  readonly address?: HostAddress;
  /** Not in the inventory: its key is kept under its address, where `ssh` finds it too. */
  readonly foreign: boolean;
}

function localUserName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    return env.USER ?? 'root'; // a uid without an entry in passwd (containers)
  }
}

const query = (context: Context, ssh: SshSettings, host: string): ConfigQuery => ({
  host,
  localUser: context.localUser,
  home: context.home,
  ...(ssh.user !== undefined && { user: ssh.user }),
  ...(context.options.configFile !== undefined && { configFile: context.options.configFile }),
  ...(context.options.systemConfigFile !== undefined && { systemFile: context.options.systemConfigFile }),
});

function noAddress(wanted: Wanted): ProvisionError {
  const dynamic = wanted.address?.kind === 'dynamic';
  return new ProvisionError('ADDRESS_UNKNOWN', `The inventory gives no address to dial for ${wanted.name}.`, {
    host: wanted.name,
    why: dynamic
      ? 'its address is dynamic and nobody has reported the present one'
      : 'it has neither address nor ssh.host, and ssh_config does not know the name',
    next: `Give ssh.host for ${wanted.name}, or a Host block in ~/.ssh/config${dynamic ? ', or run: provision repoint' : ''}.`,
  });
}

/** What would be typed after `ssh`, and the ssh_config for it. */
function dialled(context: Context, wanted: Wanted): { alias: string; config: SshConfig; port?: number } {
  const read = (alias: string): SshConfig => readSshConfig(query(context, wanted.ssh, alias));
  const given = wanted.ssh.host;
  if (given !== undefined) {
    const spec = parseHostSpec(given);
    const alias = spec?.host ?? unbracket(given);
    return { alias, config: read(alias), ...(spec?.port !== undefined && { port: spec.port }) };
  }
  const byName = read(wanted.name);
  if (byName.named || wanted.foreign) return { alias: wanted.name, config: byName };
  const { address } = wanted;
  const number = address?.kind === 'static' ? address.address : address?.kind === 'nat' ? address.outside : address?.present;
  if (number === undefined) throw noAddress(wanted);
  const alias = unbracket(number);
  return { alias, config: read(alias) };
}

function parseJumps(text: string, blame: () => ProvisionError): HostSpec[] {
  if (text.trim().toLowerCase() === 'none' || text.trim() === '') return [];
  return text.split(',').map((part) => {
    const spec = parseHostSpec(part);
    if (!spec) throw blame();
    return spec;
  });
}

function jumpSpecs(wanted: Wanted, config: SshConfig, tokens: Tokens): HostSpec[] {
  const { jump } = wanted.ssh;
  if (jump !== undefined) {
    return parseJumps(
      jump,
      () => new ProvisionError('INVENTORY_VALUE', `ssh.jump of ${wanted.name} is not a list of [user@]host[:port].`, { host: wanted.name }),
    );
  }
  const line = config.get('proxyjump');
  if (!line) return [];
  // ssh-config hands the whole value over as one word.
  return parseJumps(expandTokens(line.args.join(' '), tokens, line), () =>
    configError(line, `ProxyJump in ${line.file} is not a list of [user@]host[:port].`, `it says "${line.args.join(' ')}"`),
  );
}

/** A target whose jump hosts are named and not yet worked out. */
interface Unjumped {
  readonly self: SshTarget;
  readonly specs: readonly HostSpec[];
}

function hopWanted(context: Context, spec: HostSpec, first: boolean): Wanted {
  const known = context.inventory.hosts.get(spec.host);
  const ssh: SshSettings = {
    ...(known?.ssh ?? { become: 'none', legacy: false }),
    ...(spec.user !== undefined && { user: spec.user }),
    ...(spec.port !== undefined && { port: spec.port }),
    // As in ssh, only the first may have jump hosts of its own.
    ...(!first && { jump: 'none' }),
  };
  return { name: spec.host, ssh, foreign: !known, ...(known?.address && { address: known.address }) };
}

/** Works out the jump hosts, in the order they are dialled. */
function withJumps(context: Context, { self, specs }: Unjumped, depth: number): SshTarget {
  if (depth > MAX_JUMPS) {
    throw new ProvisionError('SSH_CONFIG', `The jump hosts of ${self.name} lead round in a circle.`, {
      host: self.name,
      next: 'Set ProxyJump none for the first jump host.',
    });
  }
  const jumps: SshTarget[] = [];
  for (const [index, spec] of specs.entries()) {
    const bare = unjumped(context, hopWanted(context, spec, index === 0));
    // `Host *` with ProxyJump speaks of the jump host too; ssh leaves a hop through itself out.
    if (bare.self.address === self.address && bare.self.port === self.port) continue;
    const hop = withJumps(context, bare, depth + 1);
    jumps.push(...hop.jumps, { ...hop, jumps: [] });
  }
  return { ...self, jumps };
}

function unjumped(context: Context, wanted: Wanted): Unjumped {
  const { ssh } = wanted;
  const { alias, config, port: specPort } = dialled(context, wanted);
  const port = ssh.port ?? specPort ?? wholeNumber(config.get('port'), 1, 65535) ?? 22;
  const userLine = config.get('user');
  const user = ssh.user ?? (userLine ? word(userLine) : context.localUser);
  const early: Tokens = { home: context.home, original: alias, host: alias, port, user, localUser: context.localUser, env: context.env };
  const hostLine = config.get('hostname');
  const address = unbracket(hostLine ? expandTokens(word(hostLine), early, hostLine) : alias);
  refuseDirectives(config, ssh, address);
  const tokens: Tokens = { ...early, host: address };
  const self: SshTarget = {
    name: wanted.name,
    address,
    port,
    user,
    become: ssh.become,
    legacy: ssh.legacy,
    jumps: [],
    ...(ssh.passphrase && { passphrase: (context.options.passphrases ?? new Passphrases()).of(ssh.passphrase.command) }),
    ...readIdentities(config, ssh, tokens),
    ...readHostKeys(config, ssh, tokens, { acceptNew: context.options.acceptNew, foreign: wanted.foreign, address, port }),
    ...readAlgorithms(config, ssh.legacy),
    ...readLine(config, context.options.timeoutMs),
  };
  return { self, specs: jumpSpecs(wanted, config, tokens) };
}

/**
 * Works out how to reach a host of the inventory.
 *
 * @throws ProvisionError SSH_CONFIG (file and line) for a directive that matters and cannot be honoured; ADDRESS_UNKNOWN where there
 *   is nothing to dial.
 */
export function resolveTarget(host: Host, inventory: Inventory, options: ResolveOptions): SshTarget {
  const env = options.env ?? process.env;
  const context: Context = { inventory, options, env, home: options.homeDir ?? env.HOME ?? homedir(), localUser: localUserName(env) };
  const wanted: Wanted = {
    name: host.name,
    ssh: host.ssh,
    foreign: false,
    ...(host.address && { address: host.address }),
  };
  return withJumps(context, unjumped(context, wanted), 0);
}
