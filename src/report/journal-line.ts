/**
 * The lines of a journal, from events.
 *
 * In: a RunEvent. Out: what its line holds, or undefined where it has none. What hosts answered is bounded and without secrets.
 */
import type { LinkOutcome, RunEvent } from '../model/outcome.js';
import { scrub } from './scrub.js';

export type Line = Readonly<Record<string, unknown>>;

/** Longest answer of one command, for each of its two streams, in characters. */
const MAX_ANSWER = 4096;

/** A text within its bound; a secret that the cut would halve is gone before. */
function bounded(text: string): string {
  const clear = String(scrub(text));
  return clear.length > MAX_ANSWER ? `${clear.slice(0, MAX_ANSWER)}… (${clear.length} characters)` : clear;
}

/** What the line of an event holds beside its time; the header says the link. */
export function lineOf(event: RunEvent, exitOf: (outcome: LinkOutcome) => number): Line | undefined {
  switch (event.type) {
    case 'stage':
    case 'state':
    case 'check':
    case 'warning':
    case 'error': {
      const { link: _link, ...rest } = event;
      return rest;
    }
    case 'connected':
      return { ...event };
    case 'step': {
      const { link: _link, step, output, ...rest } = event;
      return { ...rest, step: step.id, ...(output === undefined ? {} : { output: bounded(output) }) };
    }
    case 'command':
      return { ...event, stdout: bounded(event.stdout), stderr: bounded(event.stderr) };
    case 'outcome': {
      const { state, checks, warnings, errors, ms } = event.outcome;
      return { type: 'outcome', state, exit: exitOf(event.outcome), checks, warnings, errors, ms };
    }
    case 'run':
    case 'plan':
    case 'detected':
      return undefined;
  }
}
