/**
 * Golden plans. `RECORD=1 npx vitest run test/unit/plan/golden.test.ts` records the answers of the simulated systems anew and writes what is planned;
 * read the difference before you commit it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyPair, planPair, surveyPair } from '../../../src/apply/pair.js';
import { withWorld } from '../../../src/apply/world.js';
import { parseInventory } from '../../../src/inventory/load.js';
import type { Call } from '../../../src/model/wire.js';
import { planLink } from '../../../src/plan/pair.js';
import { loadPlaybooks } from '../../../src/playbook/load.js';
import { survey } from '../../../src/survey/survey.js';
import { attachTwin, twinSpecs } from '../../../src/twin/attach.js';
import { runOptions } from '../../twin/pair.js';
import { endInputs, FOLDER, type Input, inputOf, names, planText, requestsOf } from './fixture.js';
import { recorder } from './replay.js';
import { inventoryText, SCENARIOS, type Scenario } from './scenarios.js';

async function record(scenario: Scenario): Promise<Input> {
  const before = inventoryText(scenario);
  const inventory = parseInventory([{ file: 'pair.yaml', text: before }]);
  const attached = await attachTwin(twinSpecs(inventory, ['pair'], 'all'));
  if (attached === undefined) throw new Error('no twin');
  const simulated = { kinds: attached.kinds, endpoints: attached.twin.endpoints, keyFile: attached.keyFile };
  try {
    return await withWorld(runOptions(inventory), simulated, async (world) => {
      if (scenario.linked === true) {
        const plan = planPair(world, 'pair', await surveyPair(world, 'pair', { reach: false }), 'link');
        for (const phase of ['live', 'boot'] as const)
          for (const done of await applyPair(world, plan, phase)) if (done.error !== undefined) throw done.error;
      }
      for (const [host, ...words] of scenario.drift ?? []) {
        const [first, path] = words;
        const call: Call = first === 'rm' && path !== undefined ? { verb: 'remove', id: 'drift', path } : { verb: 'run', id: 'drift', words };
        const done = await (await world.hosts.shell(host)).run([call]);
        if (done.status !== 'done') throw new Error(`${words.join(' ')} failed on ${host}`);
      }
      const text = scenario.change === undefined ? before : before.replaceAll(...scenario.change);
      const input: Input = { inventory: text, goal: scenario.goal ?? 'link', hosts: {} };
      const hosts = await Promise.all(
        requestsOf(input).map(async (request) => {
          const { runner, recording } = recorder(await world.hosts.shell(request.end.host));
          await survey(runner, request, await loadPlaybooks());
          return [request.end.host, recording] as const;
        }),
      );
      return { ...input, hosts: Object.fromEntries(hosts) };
    });
  } finally {
    await attached.close();
  }
}

if (process.env.RECORD !== undefined) {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const input = await record(scenario);
    mkdirSync(join(FOLDER, name), { recursive: true });
    writeFileSync(join(FOLDER, name, 'input.json'), `${JSON.stringify(input, null, 1)}\n`);
    writeFileSync(join(FOLDER, name, 'expected.txt'), planText(planLink(await endInputs(input), input.goal)));
  }
}

describe('golden plans', () => {
  it('there is one for each scenario', () => {
    expect(names()).toEqual(Object.keys(SCENARIOS).sort());
  });

  it.each(names())('%s', async (name) => {
    const input = inputOf(name);
    expect(planText(planLink(await endInputs(input), input.goal))).toBe(readFileSync(join(FOLDER, name, 'expected.txt'), 'utf8'));
  });
});
