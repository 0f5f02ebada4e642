/** Reads a golden plan's input and plans it again from the recording. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endsOf } from '../../../src/inventory/ends.js';
import { parseInventory } from '../../../src/inventory/load.js';
import type { End, Host, Link } from '../../../src/model/inventory.js';
import type { EndPlan, LinkPlan } from '../../../src/model/plan.js';
import type { EndInput } from '../../../src/plan/pair.js';
import { loadPlaybooks } from '../../../src/playbook/load.js';
import { survey } from '../../../src/survey/survey.js';
import { type Recording, replay } from './replay.js';

export const FOLDER = fileURLToPath(new URL('../../fixtures/plans/', import.meta.url));
export const names = (): string[] => readdirSync(FOLDER).sort();

export interface Input {
  readonly inventory: string;
  readonly goal: 'link' | 'unlink';
  readonly hosts: Readonly<Record<string, Recording>>;
}

export const inputOf = (name: string): Input => JSON.parse(readFileSync(join(FOLDER, name, 'input.json'), 'utf8')) as Input;

const playbooks = await loadPlaybooks();

export interface Request {
  readonly end: End;
  readonly link: Link;
  readonly host: Host;
  readonly reach: boolean;
}

export function requestsOf(input: Input): [Request, Request] {
  const inventory = parseInventory([{ file: 'pair.yaml', text: input.inventory }]);
  const link = inventory.links.get('pair');
  if (link === undefined) throw new Error('no link');
  const [a, b] = endsOf(link, inventory);
  const request = (end: End): Request => {
    const host = inventory.hosts.get(end.host);
    if (host === undefined) throw new Error('no host');
    return { end, link, host, reach: false };
  };
  return [request(a), request(b)];
}

export async function endInputs(input: Input): Promise<[EndInput, EndInput]> {
  const one = async (request: Request): Promise<EndInput> => {
    const recording = input.hosts[request.end.host];
    if (recording === undefined) throw new Error('not recorded');
    return { ...request, ...(await survey(replay(recording), request, playbooks)) };
  };
  const [a, b] = requestsOf(input);
  return [await one(a), await one(b)];
}

function endText(end: EndPlan): string {
  const steps = end.steps.map((s) =>
    'file' in s
      ? `  ${s.action} ${s.id}: ${s.file.path} ${s.file.block === undefined ? (s.file.mode ?? '') : `block ${s.file.block}`}\n${(s.file.content ?? '(taken away)').replaceAll(/^/gm, '      | ')}`
      : `  ${s.action} ${s.id} [${s.ensures.join(' ')}]: ${s.words.join(' ')}`,
  );
  const undo = end.undo.map((u) => `  undo ${u.of}: ${u.words?.join(' ') ?? u.file?.path}`);
  const holds = end.holds.map((h) => `  = ${h.attribute}: ${h.value}`);
  return [`${end.host} (${end.system} ${end.release}, ${end.playbook})`, ...holds, ...steps, ...undo].join('\n');
}

export function planText(plan: LinkPlan): string {
  const warnings = plan.warnings.map((w) => `warning ${w.code} on ${w.host}`);
  return `${[`${plan.goal} ${plan.link}, MTU ${plan.mtu.bytes}: ${plan.mtu.why}`, ...plan.ends.map(endText), ...warnings].join('\n')}\n`;
}
