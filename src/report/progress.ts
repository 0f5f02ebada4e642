/**
 * What a run tells while it goes on: one plain line per event, for pipes, logs of CI and as the text of the live display.
 *
 * In: RunEvents. Out: lines, or undefined for events that are shown elsewhere (plans and outcomes are results; errors come at the end, each once).
 */
import { clean } from '../errors/clean.js';
import type { RunEvent, Stage } from '../model/outcome.js';
import { duration } from './outcome.js';
import type { Paint } from './paint.js';
import { commandLine } from './words.js';

const STAGE: Record<Stage, string> = {
  connect: 'connecting',
  survey: 'looking at what is there',
  plan: 'planning',
  apply: 'changing',
  verify: 'checking',
  boot: 'keeping it for the next boot',
  guard: 'arming the guard: each host goes back by itself if we are gone',
  undo: 'taking back what was done',
  wait: 'waiting for the other end…',
  done: 'done',
};

type StepEvent = Extract<RunEvent, { type: 'step' }>;

function stepLine(event: StepEvent, paint: Paint): string | undefined {
  const { step } = event;
  const what = 'words' in step ? commandLine(step.words) : clean(step.file.path);
  const took = event.ms === undefined ? '' : paint.dim(`  ${duration(event.ms)}`);
  if (event.state === 'start') return undefined;
  if (event.state === 'failed') return `${paint.red('FAILED')} ${what}${event.exit === undefined ? '' : `  exit ${event.exit}`}`;
  return `${paint.green('done')} ${what}${took}`;
}

function body(event: RunEvent, paint: Paint): string | undefined {
  switch (event.type) {
    case 'stage':
      if (event.state === 'end') return event.text === undefined ? undefined : clean(event.text);
      return event.stage === 'done' ? undefined : paint.dim(event.text === undefined ? STAGE[event.stage] : clean(event.text));
    case 'connected': {
      const as = event.simulated === undefined ? '' : ` (simulated ${clean(event.simulated)})`;
      return paint.dim(`connected to ${clean(event.user)}@${clean(event.address)} port ${event.port}${as}, key ${clean(event.fingerprint)}`);
    }
    case 'detected':
      return `${clean(event.system)} ${clean(event.release)}, ${clean(event.driver)} (playbook ${clean(event.playbook)})`;
    case 'step':
      return stepLine(event, paint);
    case 'run':
      return paint.dim(`run ${clean(event.run)}; told again by: provision show ${clean(event.run.slice(0, 8))}`);
    case 'warning':
      // Those of a link stand in its plan or its outcome; those of a connection stand nowhere else.
      return event.link === '' ? `${paint.yellow('warning')} ${clean(event.warning.text)}` : undefined;
    // Results: plans, checks and outcomes are shown by the command, errors at the end, each once. Commands are for the log.
    case 'check':
    case 'state':
    case 'plan':
    case 'command':
    case 'error':
    case 'outcome':
      return undefined;
  }
}

/** The host or link that an event speaks of. */
export function subject(event: RunEvent): string {
  if (event.type === 'check') return event.check.host;
  if (event.type === 'warning') return event.warning.host ?? event.link;
  if ('host' in event && event.host !== undefined) return event.host;
  return 'link' in event ? event.link : '';
}

/** One line, or undefined where there is nothing to tell. */
export function eventLine(event: RunEvent, paint: Paint): string | undefined {
  const text = body(event, paint);
  return text === undefined ? undefined : `${paint.bold(clean(subject(event)))}: ${text}`;
}

export interface Progress {
  event(event: RunEvent): void;
  /** Leaves the screen to somebody else (a question, a plan). Resolves when nothing more is written. The next event begins anew. */
  pause(): Promise<void>;
}

/** Plain progress: every line is written as it comes. */
export function plainProgress(write: (line: string) => void, paint: Paint): Progress {
  return {
    event(event) {
      const line = eventLine(event, paint);
      if (line !== undefined) write(line);
    },
    pause: () => Promise.resolve(),
  };
}
