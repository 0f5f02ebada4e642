/**
 * What the YAML parser complains about, in words for the person who wrote the file.
 *
 * In: the parser's error. Out: one sentence and what to do. The parser's own sentence is the fallback: it is fixed text of the library.
 */
import type { YAMLError } from 'yaml';
import { clean } from '../errors/clean.js';
import type { Problem } from './problems.js';

const KNOWN: Partial<Record<YAMLError['code'], readonly [message: string, next: string]>> = {
  TAB_AS_INDENT: ['A tab is used to indent.', 'Indent with spaces, two for each level.'],
  BAD_INDENT: ['The indentation does not fit the lines above.', 'Give all keys of one map the same number of spaces.'],
  MISSING_CHAR: ['A bracket, brace, quote or comma is missing.', 'Close what was opened: { with }, [ with ], " with ".'],
  MULTIPLE_DOCS: ['The file holds more than one document (---).', 'Put each into a file of its own in the same folder.'],
  BAD_SCALAR_START: ['A value cannot start with this character.', 'Put the value into quotes.'],
  BLOCK_AS_IMPLICIT_KEY: ['A map cannot start here.', 'Put it on a line of its own and indent it, or write { KEY: VALUE }.'],
  BLOCK_IN_FLOW: ['A list or map of indented lines cannot stand inside { } or [ ].', 'Write it with { } or [ ] too.'],
  MULTILINE_IMPLICIT_KEY: ['A key goes over more than one line, or its colon is missing.', 'Write KEY: VALUE on one line.'],
  TAG_RESOLVE_FAILED: ['A tag (!) is not read here.', 'Leave the tag away, or put the value into quotes.'],
  UNEXPECTED_TOKEN: ['There is something here that YAML does not expect.', 'Look at brackets, quotes and colons of this line and the one above.'],
};

const unclosed = (what: string): readonly [string, string] =>
  what === 'map'
    ? ['A { is not closed.', 'Write } at its end, or indent what belongs to it.']
    : ['A [ is not closed.', 'Write ] at its end, or indent what belongs to it.'];

/** One sentence and what to do, for an error of the YAML parser. */
export function syntaxProblem(error: YAMLError): Problem {
  const open = /^Flow (map|sequence) in block/.exec(error.message)?.[1];
  const [message, next] =
    open !== undefined ? unclosed(open) : (KNOWN[error.code] ?? ['The file is not valid YAML.', 'Mend this line or the one above.']);
  // Advice for programmers who call the parser is no help here.
  const said = error.message.includes('YAML.') ? {} : { why: clean(error.message.split('\n')[0] ?? '', { max: 200 }) };
  return { code: 'INVENTORY_SYNTAX', message, next, ...said };
}
