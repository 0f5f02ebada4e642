import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/load.js';
import type { Cause, Diagnosis } from '../../src/model/diagnosis.js';
import type { Inventory } from '../../src/model/inventory.js';
import { diagnose } from '../../src/pipeline.js';
import { pairText } from '../twin/pair.js';
import { type Rig, withPair } from '../twin/rig.js';
import { type Broken, BROKEN as OTHERS } from './broken.js';
import { BROKEN_OPENBSD } from './broken-openbsd.js';
import { HEALTHY } from './healthy.js';

const BROKEN: readonly Broken[] = [...OTHERS, ...BROKEN_OPENBSD];

async function diagnosed(rig: Rig, fix = false, inventory = rig.options.inventory): Promise<{ diagnosis: Diagnosis; exit: number }> {
  const { diagnoses, exitCode, outcomes } = await diagnose({ ...rig.options, inventory, fix });
  const [diagnosis] = diagnoses;
  if (diagnosis === undefined) throw new Error(JSON.stringify(outcomes.map((o) => o.errors)));
  return { diagnosis, exit: exitCode };
}

async function standing(rig: Rig): Promise<void> {
  const made = await rig.run('link');
  expect(made.errors).toEqual([]);
  expect(made.exit).toBe(0);
}

const told = (causes: readonly Cause[]): string[] => causes.map((c) => `${c.confidence} ${c.code} ${c.host ?? ''}: ${c.text}`);

/** A kind that names its AS number has it in the inventory too. */
const parsed = (text: string): Inventory => parseInventory([{ file: 'pair.yaml', text: text.replace(/ AS(\d+)" \}/g, ' AS$1", asn: $1 }') }]);

function inventoryOf({ pair, extra, behind }: Broken): Inventory {
  const text = pairText(...pair, extra);
  return parsed(behind === undefined ? text : text.replace('203.0.113.1,', `{ inside: ${behind.inside}, outside: 203.0.113.1 },`));
}

/** The inventory as the person has it. */
const believed = (broken: Broken): Inventory => (broken.behind?.unknown ? parsed(pairText(...broken.pair, broken.extra)) : inventoryOf(broken));

const withBroken = (broken: Broken, work: (rig: Rig) => Promise<void>): Promise<void> => {
  const [one, two] = broken.pair;
  return withPair(
    one,
    two,
    async (rig) => {
      if (broken.never !== true) await standing(rig);
      broken.break(rig);
      await work(rig);
    },
    inventoryOf(broken),
  );
};

describe('diagnose names the cause first', () => {
  it.each(BROKEN.map((b, i) => [`${i + 1}. ${b.pair.join(' / ')}: ${b.name}`, b] as const))('%s', async (_, broken) => {
    await withBroken(broken, async (rig) => {
      const { diagnosis, exit } = await diagnosed(rig, false, believed(broken));
      const [first] = diagnosis.causes;
      expect(told(diagnosis.causes)[0] ?? 'nothing wrong').toContain(`${broken.code} ${broken.host ?? ''}`);
      expect({ code: first?.code, host: first?.host }).toEqual({ code: broken.code, host: broken.host });
      expect(first?.evidence.every((e) => e.command !== '' && e.lines.length > 0)).toBe(true);
      expect(exit).toBe(2);
    });
  });
});

describe('diagnose --fix mends it under the guard, and finds nothing afterwards', () => {
  it.each(BROKEN.filter((b) => b.fixes).map((b) => [`${b.pair.join(' / ')}: ${b.name}`, b] as const))('%s', async (_, broken) => {
    await withBroken(broken, async (rig) => {
      const { exit } = await diagnosed(rig, true);
      expect(exit).toBe(0);
      expect(told((await diagnosed(rig)).diagnosis.causes)).toEqual([]);
    });
  });
});

describe('diagnose says that nothing is wrong', () => {
  it.each(
    HEALTHY.map((h, i) => [`${i + 1}. ${h.pair.join(' / ')}${h.name === undefined ? '' : `: ${h.name}`}`, h] as const),
  )('%s', async (_, healthy) => {
    const [one, two] = healthy.pair;
    await withPair(
      one,
      two,
      async (rig) => {
        healthy.before?.(rig);
        await standing(rig);
        healthy.also?.(rig);
        const { diagnosis, exit } = await diagnosed(rig);
        expect(told(diagnosis.causes)).toEqual([]);
        expect(exit).toBe(0);
      },
      parsed(pairText(one, two, healthy.extra)),
    );
  });
});
