/** `completion SHELL` prints the script; `completion --names links` is what the script asks. */
import type { Command } from 'commander';
import { isClean } from '../../errors/clean.js';
import { ProvisionError } from '../../errors/error.js';
import { stateFolder } from '../../report/folders.js';
import { readJournals } from '../../report/journal-read.js';
import { completionScript, SHELLS } from '../completion.js';
import type { CommandSpec } from '../spec.js';

/** @param program - Asked when the script is wanted: the parser is not complete before. */
export const completion = (program: () => Command): CommandSpec => ({
  name: 'completion',
  args: [{ usage: '[shell]', text: 'for which shell', choices: SHELLS }],
  summary: 'print the completion script for bash, zsh or fish',
  options: [
    { flags: '--names <kind>', text: 'print the names in the inventory, or the journaled runs, instead', choices: ['links', 'hosts', 'runs'] },
  ],
  quiet: true,
  run: (session, { words, options }) => {
    if (options.names === 'runs') {
      const names = readJournals(stateFolder(session.io.env, 'runs')).runs.map((r) => r.run);
      session.say(names.join('\n'));
      return { exit: 0, document: { names } };
    }
    if (options.names !== undefined) {
      const inventory = session.loadInventory();
      const names = [...(options.names === 'hosts' ? inventory.hosts : inventory.links).keys()].filter(isClean);
      session.say(names.join('\n'));
      return { exit: 0, document: { names } };
    }
    const shell = SHELLS.find((s) => s === words[0]);
    if (shell === undefined) throw new ProvisionError('USAGE', 'completion needs the name of a shell.', { next: 'Run: provision completion bash' });
    const script = completionScript(shell, program());
    session.say(script.trimEnd());
    return { exit: 0, document: { shell, script } };
  },
});
