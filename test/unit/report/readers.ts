/** Readers of the formats of a CI, as strict as those that a CI has: SARIF by its published schema, XML by a strict parser, workflow commands by the runner's rules. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import { SaxesParser } from 'saxes';
import { z } from 'zod';

const require = createRequire(import.meta.url);

/** The schema is of draft 04, of which ajv reads all but the spelling of `id`. */
function sarifSchema(): ValidateFunction {
  const file = require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const { $schema: _draft, id: _id, ...schema } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  return new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false, allErrors: true }).compile(schema);
}

let sarif: ValidateFunction | undefined;

const rule = z.object({ id: z.string(), shortDescription: z.object({ text: z.string().min(1) }) });
const physical = z.object({
  artifactLocation: z.object({ uri: z.string().min(1), uriBaseId: z.string().optional() }),
  region: z.object({ startLine: z.int().min(1), startColumn: z.int().min(1) }),
});
const resultShape = z.object({
  ruleId: z.string(),
  ruleIndex: z.int().min(0),
  level: z.enum(['error', 'warning', 'note']),
  message: z.object({ text: z.string().min(1) }),
  // Code scanning takes no result without a place.
  locations: z.array(z.object({ physicalLocation: physical })).min(1),
  partialFingerprints: z.record(z.string(), z.string()),
});
const logShape = z.object({
  runs: z.tuple([z.object({ tool: z.object({ driver: z.object({ rules: z.array(rule) }) }), results: z.array(resultShape) })]),
});

export type SarifResult = z.infer<typeof resultShape>;

/** @throws where the text is no SARIF 2.1.0 that code scanning takes. */
export function readSarif(text: string): { readonly results: readonly SarifResult[]; readonly rules: readonly string[] } {
  sarif ??= sarifSchema();
  const value: unknown = JSON.parse(text);
  if (!sarif(value)) throw new Error(JSON.stringify(sarif.errors?.slice(0, 3)));
  const [run] = logShape.parse(value).runs;
  const rules = run.tool.driver.rules.map((r) => r.id);
  for (const { ruleId, ruleIndex } of run.results) if (rules[ruleIndex] !== ruleId) throw new Error(`${ruleId} is not rule ${ruleIndex}`);
  return { results: run.results, rules };
}

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** @throws where the text is not well-formed XML 1.0. */
export function readXml(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const stack = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const made: Element = { name: tag.name, attributes: tag.attributes, children: [], text: '' };
    stack.at(-1)?.children.push(made);
    stack.push(made);
  });
  parser.on('closetag', () => void stack.pop());
  parser.on('text', (more) => {
    const top = stack.at(-1);
    if (top !== undefined) top.text += more;
  });
  parser.write(text).close();
  const [top] = root.children;
  if (top === undefined) throw new Error('no element');
  return top;
}

const number = z.string().regex(/^\d+(\.\d+)?$/);
const suiteShape = z.strictObject({ name: z.string().min(1), tests: number, failures: number, errors: number, skipped: number, time: number });
const suitesShape = suiteShape.omit({ skipped: true });
const caseShape = z.strictObject({
  name: z.string().min(1),
  classname: z.string().min(1),
  file: z.string().optional(),
  line: number.optional(),
  time: number,
});
const failureShape = z.strictObject({ type: z.string().min(1), message: z.string().min(1) });

/** The cases of a JUnit report. @throws where its structure or its counts are wrong. */
export function readJunit(text: string): readonly Element[] {
  const suites = readXml(text);
  if (suites.name !== 'testsuites') throw new Error(suites.name);
  const all = suitesShape.parse(suites.attributes);
  const [suite, ...more] = suites.children;
  if (suite?.name !== 'testsuite' || more.length > 0) throw new Error('one testsuite is wanted');
  const counts = suiteShape.parse(suite.attributes);
  let failures = 0;
  for (const one of suite.children) {
    if (one.name !== 'testcase') throw new Error(one.name);
    caseShape.parse(one.attributes);
    const names = one.children.map((c) => c.name);
    // The order of the schemas in use: failures before output, each at most once here.
    if (!['', 'failure', 'system-out', 'failure,system-out'].includes(names.join())) throw new Error(names.join());
    for (const failure of one.children.filter((c) => c.name === 'failure')) {
      failureShape.parse(failure.attributes);
      failures += 1;
    }
  }
  const said = [counts.tests, counts.failures, all.tests, all.failures].map(Number);
  const seen = [suite.children.length, failures, suite.children.length, failures];
  if (said.join() !== seen.join()) throw new Error(`it counts ${said.join()}, there are ${seen.join()}`);
  return suite.children;
}

export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

const unescapeData = (text: string): string => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
const unescapeProperty = (text: string): string => unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));

/** Every command that a runner would obey in this output. */
export function readCommands(output: string): readonly WorkflowCommand[] {
  return output.split(/\r\n|\n|\r/).flatMap((line): WorkflowCommand[] => {
    const whole = /^\s*::([a-z-]+)(?: (.*?))?::(.*)$/.exec(line);
    if (whole === null) {
      const old = /##\[([a-z-]+)/.exec(line);
      return old === null ? [] : [{ name: `old ${old[1] ?? ''}`, properties: {}, message: line }];
    }
    const [, name = '', given = '', message = ''] = whole;
    const properties = given
      .split(',')
      .filter((p) => p !== '')
      .map((p) => [p.slice(0, p.indexOf('=')), unescapeProperty(p.slice(p.indexOf('=') + 1))]);
    return [{ name, properties: Object.fromEntries(properties) as Record<string, string>, message: unescapeData(message) }];
  });
}

/** The blocks of code of a Markdown text, and what stands outside of them. */
export function readMarkdown(text: string): { readonly blocks: readonly string[]; readonly prose: string } {
  const blocks: string[] = [];
  const prose: string[] = [];
  let fence: string | undefined;
  let block: string[] = [];
  for (const line of text.split('\n')) {
    const ticks = /^ {0,3}(`{3,})([^`]*)$/.exec(line);
    if (fence === undefined && ticks !== null) fence = ticks[1];
    else if (fence !== undefined && ticks !== null && (ticks[1]?.length ?? 0) >= fence.length && ticks[2]?.trim() === '') {
      blocks.push(block.join('\n'));
      [fence, block] = [undefined, []];
    } else if (fence !== undefined) block.push(line);
    else prose.push(line);
  }
  if (fence !== undefined) throw new Error('a fence is not closed');
  return { blocks, prose: prose.join('\n') };
}
