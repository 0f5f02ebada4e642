/**
 * One lab at a time in one test run: two of them on a machine with two cores would wait for each other, and guards of some seconds would fire.
 *
 * in: nothing
 * out: resolves when no other test file of this run has a lab; `end` lets the next one begin
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from './run.js';

/** Test files of one run are children of the same process. */
const DOOR = join(tmpdir(), `provision-lab-turn-${process.ppid}`);
const HOLDER = join(DOOR, 'pid');

function alive(): boolean {
  try {
    process.kill(Number(readFileSync(HOLDER, 'utf8')), 0);
    return true;
  } catch (error) {
    // A holder who has not written its number yet is alive.
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function enter(): boolean {
  try {
    mkdirSync(DOOR);
    writeFileSync(HOLDER, String(process.pid));
    return true;
  } catch {
    return false;
  }
}

export interface Turn {
  end(): void;
}

/** Waits for this file's turn. A holder that has died without leaving is forgotten. */
export async function takeTurn(): Promise<Turn> {
  while (!enter()) {
    if (!alive()) rmSync(DOOR, { recursive: true, force: true });
    await sleep(500);
  }
  return { end: () => rmSync(DOOR, { recursive: true, force: true }) };
}
