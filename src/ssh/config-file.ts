/**
 * One ssh_config file as a list of lines with their numbers.
 *
 * In: text. Out: directives, each with file and line, Host and Match lines among them. The parser is ssh-config's; it reports no line
 * numbers and reads a keyword without a value together with the next line, so both are worked out here.
 */
import SSHConfig, { type Line, LineType } from 'ssh-config';
import { ProvisionError } from '../errors/error.js';

export interface ConfigLine {
  /** Lower case. */
  readonly keyword: string;
  /** As the person wrote it, for messages. */
  readonly shown: string;
  /** Words of the value; one word for directives that take one. */
  readonly args: readonly string[];
  readonly file: string;
  readonly line: number;
}

export const configError = (at: { file: string; line: number }, message: string, why: string, next?: string): ProvisionError =>
  new ProvisionError('SSH_CONFIG', message, {
    place: { file: at.file, line: at.line, column: 1 },
    why,
    next: next ?? `Change line ${at.line} of ${at.file}, or set the ssh: values of this host in the inventory.`,
  });

const newlines = (text: string): number => text.split('\n').length - 1;

function parse(text: string, file: string): SSHConfig {
  try {
    return SSHConfig.parse(text);
  } catch (error) {
    // The parser names no line. A quote that is never closed is by far the most frequent reason.
    const line = text.split('\n').findIndex((l) => (l.match(/"/g)?.length ?? 0) % 2 === 1) + 1;
    const why = error instanceof TypeError ? 'a directive has no value' : (error as Error).message;
    throw configError({ file, line: Math.max(line, 1) }, `${file} is not a valid ssh_config file.`, why);
  }
}

/** @throws ProvisionError SSH_CONFIG naming file and line. */
export function parseConfigFile(text: string, file: string): ConfigLine[] {
  const lines: ConfigLine[] = [];
  let line = 1;
  const visit = (node: Line): void => {
    line += newlines(node.before);
    if (node.type === LineType.DIRECTIVE) {
      const shown = node.param.split(/\s/)[0] ?? '';
      const args = Array.isArray(node.value) ? node.value.map((v) => v.val) : [node.value];
      if (/\n/.test(node.param + node.separator) || args.every((a) => a === '')) {
        throw configError({ file, line }, `${shown} in ${file} has no value.`, 'every directive takes a value');
      }
      lines.push({ keyword: shown.toLowerCase(), shown, args, file, line });
    }
    line += newlines(node.after);
    if ('config' in node) for (const inner of node.config) visit(inner);
  };
  for (const node of parse(text, file)) visit(node);
  return lines;
}
