/**
 * The command line: commands and options for commander, and what is said where it is not understood.
 *
 * In: arguments and the world. Out: an exit status. Commander prints nothing by itself: wrong usage is one error with a suggestion, never the whole help.
 */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import { renderErrors } from '../report/errors.js';
import { harmless } from '../report/github.js';
import { jsonText, schemaName } from '../report/json.js';
import { makePaint, wantsColour } from '../report/paint.js';
import { completion } from './commands/completion.js';
import { commandsFor, FIRST_WORDS } from './commands/index.js';
import { runCommand } from './runner.js';
import type { CommandSpec, OptionSpec } from './spec.js';
import type { CommonOptions, Io } from './types.js';

const between =
  (low: number, high: number) =>
  (text: string): number => {
    const n = Number(text);
    if (!/^\d+$/.test(text) || n < low || n > high) throw new InvalidArgumentError(`Write a whole number from ${low} to ${high}.`);
    return n;
  };

const collect = (text: string, all: readonly string[] = []): readonly string[] => [...all, text];

function addCommon(program: Command): void {
  program
    .option('-i, --inventory <path>', 'file, or folder whose *.yaml are merged (default: inventory/)')
    .option('--playbooks <dir>', 'folder with more playbooks; may be given again', collect)
    .option('--trust-playbooks', 'let a playbook of yours stand in for a built-in one')
    .option('--json', 'one JSON document on stdout, text for people on stderr')
    .option('-y, --yes', 'do not ask')
    .addOption(new Option('--concurrency <n>', 'links worked on at a time').argParser(between(1, 256)).default(8))
    .addOption(
      new Option('--guard <seconds>', 'a host goes back by itself after so long, unless the run has ended well')
        .argParser(between(3, 3600))
        .default(60),
    )
    .addOption(new Option('--timeout <seconds>', 'longest wait for an answer of a host').argParser(between(1, 3600)).default(30))
    .option('-v, --verbose', 'tell more')
    .option('--accept-new', 'accept and keep host keys that are not known yet')
    .option('--no-color', 'no colours (so does NO_COLOR)');
}

function made({ flags, text, choices, many, between: range }: OptionSpec): Option {
  const option = new Option(flags, text);
  if (choices !== undefined) option.choices(choices);
  if (many === true) option.argParser(collect);
  if (range !== undefined) option.argParser(between(...range));
  return option;
}

/** Commands of two words, by their first: what the help says of all of them, short and long. */
const GROUPS: Readonly<Record<string, readonly [summary: string, description: string]>> = {
  add: ['to the inventory: host, link', 'Adds a host or a link to the inventory.'],
  twin: ['simulated hosts: up, list', 'Simulated hosts.'],
  import: ['inventories of other tools: ansible, ssh-config, netbox', 'Prints an inventory made from that of another tool.'],
  updater: ['on the end whose address changes: run, once, status', 'Keeps a link when the address of this host changes.'],
};

type Dispatch = (spec: CommandSpec, words: readonly string[], command: Command) => Promise<void>;

function addCommand(parent: Command, spec: CommandSpec, name: string, dispatch: Dispatch): void {
  const command = parent.command(name).summary(spec.summary).description(sentence(spec.summary));
  for (const { usage, text, choices } of spec.args ?? []) {
    const argument = new Argument(usage, text);
    command.addArgument(choices === undefined ? argument : argument.choices(choices));
  }
  for (const option of spec.options ?? []) command.addOption(made(option));
  if (spec.examples !== undefined) command.addHelpText('after', `\nExamples:\n${spec.examples.map((e) => `  ${e}`).join('\n')}`);
  command.action(async () => dispatch(spec, command.args, command));
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;

/** Stops commander from printing and exiting, for the command and all below it. */
function quieten(command: Command, io: Io): void {
  const paint = makePaint({ isTTY: io.stdout.isTTY, columns: io.stdout.columns, env: io.env });
  command.exitOverride();
  command.configureHelp({ showGlobalOptions: true, sortOptions: false });
  command.configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: () => undefined,
    outputError: () => undefined,
    getOutHelpWidth: () => paint.width,
    getOutHasColors: () => false,
  });
  for (const sub of command.commands) quieten(sub, io);
}

/** The parser. @param commands - Those it knows. @param dispatch - Runs one command. */
export function buildProgram(version: string, io: Io, commands: readonly CommandSpec[], dispatch: Dispatch): Command {
  const program = new Command('provision').description(
    'Sets up, checks and keeps point-to-point tunnels between two machines over SSH, both ends as one unit.',
  );
  program.version(version, '-V, --version', 'print the version').helpOption('-h, --help', 'print this help');
  addCommon(program);
  const groups = new Map<string, Command>();
  for (const spec of commands) {
    const [first = '', second] = spec.name.split(' ');
    if (second === undefined) {
      addCommand(program, spec, first, dispatch);
      continue;
    }
    const [summary = '', description = ''] = GROUPS[first] ?? [];
    const group = groups.get(first) ?? program.command(first).summary(summary).description(description);
    groups.set(first, group);
    addCommand(group, spec, second, dispatch);
  }
  program.addHelpText(
    'after',
    '\nStart with: provision demo\nExit status: 0 as wanted, 1 failed and nothing changed, 2 changes pending or a difference found, 3 failed and rolled back, 4 failed half-way, 64 wrong usage, 65 bad inventory or playbook.',
  );
  quieten(program, io);
  return program;
}

/** Commander's words as one error: its first line is what is wrong, a `Did you mean` behind it is what to do. */
function usageError(error: CommanderError, argv: readonly string[]): ProvisionError {
  const near = /\(Did you mean (one of )?(.*)\?\)/s.exec(error.message)?.[2];
  const text = error.message.replace(/^error: /, '').replace(/\s*\(Did you mean[\s\S]*$/, '');
  const known = argv.find((a) => FIRST_WORDS.has(a));
  const help = known === undefined ? 'Run: provision --help' : `Run: provision ${known} --help`;
  return new ProvisionError('USAGE', clean(text.endsWith('.') ? text : `${text}.`), {
    next: near === undefined ? help : `Did you mean ${clean(near)}?`,
  });
}

function tellUsage(error: ProvisionError, argv: readonly string[], io: Io): number {
  const colour = wantsColour({ isTTY: io.stderr.isTTY, env: io.env, color: !argv.includes('--no-color') });
  const text = `${renderErrors([error.report()], colour, io.cwd)}\n`;
  io.stderr.write(io.env.GITHUB_ACTIONS === 'true' ? harmless(text) : text);
  if (argv.includes('--json') || /(^| )--format[ =]json( |$)/.test(argv.join(' ')))
    io.stdout.write(`${jsonText({ schema: schemaName('usage'), exit: error.exitCode, errors: [error.report()] }, 2)}\n`);
  return error.exitCode;
}

/**
 * Runs the program.
 *
 * @param argv - Arguments without node and the script's name.
 * @returns Exit status (design section 1).
 */
export async function run(argv: readonly string[], version: string, io: Io): Promise<number> {
  let exit = 0;
  const commands = await commandsFor(argv[0]);
  const program: Command = buildProgram(version, io, [...commands, completion(() => program)], async (spec, words, command) => {
    const { own, common } = split(command);
    const quiet = typeof spec.quiet === 'function' ? spec.quiet(own) : spec.quiet === true;
    exit = await runCommand(spec.name, io, common, (session) => spec.run(session, { words, options: own }), { ...spec, quiet, version });
  });
  if (argv.length === 0) {
    io.stderr.write(program.helpInformation());
    return 64;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const group = argv.find((word) => Object.hasOwn(GROUPS, word)) ?? '';
    const next = `Run: provision ${group} --help`;
    const bare = error.code === 'commander.help';
    return tellUsage(bare ? new ProvisionError('USAGE', 'A command is missing behind this one.', { next }) : usageError(error, argv), argv, io);
  }
}

/** Options of the command itself, and those that all commands have. */
function split(command: Command): { own: Record<string, unknown>; common: CommonOptions } {
  const all = command.optsWithGlobals<Partial<CommonOptions>>();
  const { inventory, playbooks = [], trustPlaybooks = false, json = false, yes = false, verbose = false, acceptNew = false, color = true } = all;
  const { concurrency = 8, timeout = 30, guard = 60, format = json ? 'json' : 'text' } = all;
  if (json && format !== 'json') throw new CommanderError(64, 'provision.format', `error: --json and --format ${format} cannot stand together`);
  const named = inventory === undefined ? {} : { inventory };
  return {
    own: command.opts(),
    common: { ...named, playbooks, trustPlaybooks, json: format === 'json', yes, verbose, acceptNew, color, concurrency, timeout, guard, format },
  };
}
