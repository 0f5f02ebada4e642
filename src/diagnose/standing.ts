/**
 * Causes that stand on one end by itself: no driver, no interface, down, a setting that stops packets.
 *
 * In: evidence of both ends. Out: causes. Pure. What one of these stops needs no further explanation, so they are certain where nothing crosses.
 */
import type { Cause } from '../model/diagnosis.js';
import { bothCross, type EndEvidence, type PairEvidence } from './evidence.js';

const known = (e: EndEvidence): boolean => e.facts.live.exists.known && e.facts.live.exists.value;
const byLink = (e: EndEvidence, what: string): Pick<Cause, 'next' | 'mend'> => ({
  next: `${what}, with: provision link ${e.end.link}`,
  mend: { kind: 'link' },
});

function driver(e: EndEvidence): Cause[] {
  const { state, how } = e.facts.driver;
  if (state !== 'missing') return [];
  return [
    {
      code: 'driver-missing',
      confidence: 'certain',
      host: e.host,
      text: `${e.host} has no driver for this tunnel.`,
      evidence: [{ host: e.host, command: 'survey', lines: [how] }],
      next: how,
      mend: { kind: 'told', commands: [] },
    },
  ];
}

function missing(e: EndEvidence): Cause[] {
  if (known(e) || e.facts.driver.state === 'missing') return [];
  const kept = e.unkept.length === 0 ? ', though its boot files would make it' : ', and no boot file makes it';
  return [
    {
      code: 'interface-missing',
      confidence: 'certain',
      host: e.host,
      text: `${e.end.interface} is not there on ${e.host}${kept}.`,
      evidence: [e.shown],
      ...byLink(e, 'Make it'),
    },
  ];
}

function down(e: EndEvidence): Cause[] {
  const { up } = e.facts.live;
  if (!known(e) || !up.known || up.value) return [];
  return [
    {
      code: 'interface-down',
      confidence: 'certain',
      host: e.host,
      text: `${e.end.interface} on ${e.host} is down.`,
      evidence: [e.shown],
      ...byLink(e, 'Raise it'),
    },
  ];
}

/** Settings whose playbook says what they stop. */
function settings(e: EndEvidence, crossing: boolean): Cause[] {
  return e.differs.flatMap(({ attribute, rule }): Cause[] => {
    if (crossing || rule?.stops !== 'everything') return [];
    const from = e.settingSeen[attribute];
    return [
      {
        code: rule.code,
        confidence: 'certain',
        host: e.host,
        text: rule.text,
        evidence: [from ?? e.shown],
        ...byLink(e, 'Set it right'),
      },
    ];
  });
}

export function standing(pair: PairEvidence): Cause[] {
  const crossing = bothCross(pair);
  return pair.flatMap((e) => [...driver(e), ...missing(e), ...down(e), ...settings(e, crossing)]);
}
