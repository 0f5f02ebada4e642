/**
 * npf of NetBSD 7 and later: groups, rules, states, and npfctl (sys/net/npf/npf_handler.c and npf_ruleset.c, usr.sbin/npf/npfctl/npf_show.c).
 *
 * Within a group the last rule that matches decides, one with `final` at once; a group in which one matched ends the search; without any the packet is blocked.
 * Connections are kept of TCP, UDP and ICMP alone: `pass stateful out` lets no answer of GRE in.
 */
import { failed, ok } from '../common-host.js';
import type { FileTree } from '../files.js';
import { Flows } from '../flows.js';
import type { Packet, PacketFilter, Way } from '../packet.js';
import type { IpStack } from '../stack.js';
import type { CommandResult } from '../system.js';
import { type NpfGroup, type NpfRule, NpfSyntaxError, parseNpf } from './npf-parse.js';

const TRACKED = [1, 6, 17];
const CONFIG = '/etc/npf.conf';

export class Npf implements PacketFilter {
  private active = false;
  private groups: readonly NpfGroup[] | undefined;
  private readonly flows: Flows;

  constructor(
    private readonly stack: IpStack,
    private readonly files: FileTree,
  ) {
    this.flows = new Flows(() => stack.internet.clock(), 60_000);
  }

  /** As after power on. */
  reset(): void {
    this.active = false;
    this.groups = undefined;
    this.flows.clear();
  }

  passes(packet: Packet, way: Way, on: string, out = ''): boolean {
    if (!this.active || this.groups === undefined) return true;
    if (way === 'forward') return this.passes(packet, 'in', on) && this.passes(packet, 'out', out);
    const tracked = TRACKED.includes(packet.protocol);
    const known = tracked && this.flows.state(packet) !== 'new';
    const rule = known ? undefined : decide(this.groups, packet, way, on);
    const passed = known || rule?.pass === true;
    if (passed && tracked && (known || rule?.stateful === true)) this.flows.note(packet);
    return passed;
  }

  private parse(path: string): readonly NpfGroup[] | CommandResult {
    const text = this.files.read(path);
    if (text === undefined) return failed(1, `npfctl: open '${path}': No such file or directory\n`);
    try {
      const own = (name: string): readonly string[] => this.stack.interfaces.get(name)?.addresses.map((a) => a.local) ?? [];
      const groups = parseNpf(text, own);
      return groups.some((g) => g.text.includes('default {')) ? groups : failed(1, 'npfctl: default group was not defined\n');
    } catch (error) {
      if (error instanceof NpfSyntaxError) return failed(1, `npfctl: ${path}:${error.line}: syntax error near '${error.near}'\n`);
      throw error;
    }
  }

  private show(): string {
    const head = `# filtering:\t${this.active ? 'active' : 'inactive'}\n# config:\t${this.groups === undefined ? 'empty' : 'loaded'}\n\n`;
    let id = 0;
    const line = (text: string): string => `${text}# id="${(++id).toString(16)}" \n`;
    return head + (this.groups ?? []).map((g) => `${line(g.text)}${g.rules.map((r) => `\t${line(r.text)}`).join('')}}\n\n`).join('');
  }

  /** `npfctl WORDS…` */
  run(words: readonly string[]): CommandResult {
    const [verb = '', path = CONFIG] = words;
    if (verb === 'show' || verb === 'list') return ok(verb === 'show' ? this.show() : '');
    if (verb === 'start' || verb === 'stop') {
      this.active = verb === 'start';
      return ok();
    }
    if (verb === 'flush') {
      this.groups = undefined;
      this.flows.clear();
      return ok();
    }
    if (verb !== 'reload' && verb !== 'validate')
      return failed(1, 'Usage:\tnpfctl start | stop | flush | show | stats\n\tnpfctl validate | reload [<rule-file>]\n');
    const parsed = this.parse(path);
    if ('exit' in parsed) return parsed;
    if (verb === 'reload') this.groups = parsed;
    return ok();
  }
}

function decide(groups: readonly NpfGroup[], packet: Packet, way: 'in' | 'out', on: string): NpfRule | undefined {
  for (const group of groups) {
    if (!group.matches(way, on)) continue;
    const matching = group.rules.filter((r) => r.matches(packet, way, on));
    const found = matching.find((r) => r.final) ?? matching.at(-1);
    if (found !== undefined) return found;
  }
  return undefined;
}
