/**
 * What does not stop packets now: attributes that are not as wanted, and boot files that would not bring the tunnel back.
 *
 * In: evidence of both ends. Out: causes. Pure.
 */
import type { Cause } from '../model/diagnosis.js';
import { bothCross, type EndEvidence, type PairEvidence } from './evidence.js';

/** Told by size.ts, or by the rule of a setting. */
const TOLD_ELSEWHERE = new Set(['mtu', 'interface']);

function drifted(e: EndEvidence): Cause[] {
  const left = e.differs.filter((d) => !TOLD_ELSEWHERE.has(d.attribute) && d.rule?.stops !== 'routing');
  if (left.length === 0) return [];
  return [
    {
      code: 'not-as-wanted',
      confidence: 'likely',
      host: e.host,
      text: `Packets cross, and ${e.end.interface} on ${e.host} is not as the inventory says: ${left.map((d) => d.attribute).join(', ')}.`,
      evidence: [e.shown],
      next: `Set it right, with: provision link ${e.end.link}`,
      mend: { kind: 'link' },
    },
  ];
}

function unkept(e: EndEvidence): Cause[] {
  if (e.unkept.length === 0) return [];
  return [
    {
      code: 'not-kept',
      confidence: 'likely',
      host: e.host,
      text: `The tunnel works now, and ${e.host} would not have it after a reboot.`,
      evidence: [{ host: e.host, command: 'boot files', lines: e.unkept }],
      next: `Write them, with: provision link ${e.end.link}`,
      mend: { kind: 'link' },
    },
  ];
}

export function kept(pair: PairEvidence): Cause[] {
  if (!bothCross(pair)) return [];
  return pair.flatMap((e) => [...drifted(e), ...unkept(e)]);
}
