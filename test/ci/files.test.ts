/**
 * The ready CI files of docs/ci: every line that calls provision is run as a runner would, taken out of the YAML itself, and what it writes is read by strict
 * readers. What needs a network (install, upload) is left out. Needs dist/, which `npm test` builds first.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readCommands, readJunit, readMarkdown, readSarif } from '../unit/report/readers.js';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const MAIN = at('dist/cli/main.js');
const root = mkdtempSync(join(tmpdir(), 'ci-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const permissions = z.record(z.string(), z.string());
const github = z
  .object({
    permissions,
    jobs: z.record(z.string(), z.object({ permissions, steps: z.array(z.object({ run: z.string().optional(), uses: z.string().optional() })) })),
  })
  .parse(parse(readFileSync(at('docs/ci/github.yml'), 'utf8')));
const gitlab = z.record(z.string(), z.object({ script: z.array(z.string()) })).parse(parse(readFileSync(at('docs/ci/gitlab.yml'), 'utf8')));

const steps = Object.values(github.jobs).flatMap((job) => job.steps);
const calls = (lines: readonly string[]): readonly string[] => lines.filter((line) => /(^|\n)provision /.test(line));
const githubCalls = calls(steps.flatMap((s) => s.run ?? []));
const gitlabCalls = calls(Object.values(gitlab).flatMap((job) => job.script));

interface Ran {
  readonly exit: number | null;
  readonly out: string;
}

/** As both runners do: bash that stops at the first failure. */
function run(line: string, cwd: string): Ran {
  const env = {
    PATH: [join(root, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    HOME: join(root, 'home'),
    GITHUB_ACTIONS: 'true',
    CI: 'true',
    GITHUB_STEP_SUMMARY: join(cwd, 'summary.md'),
  };
  const ran = spawnSync('/bin/bash', ['-e', '-c', line], { cwd, env, encoding: 'utf8', timeout: 60_000 });
  return { exit: ran.status, out: `${ran.stdout}${ran.stderr}` };
}

/** A checkout with the example inventory, and the facts that its owner has recorded. */
function checkout(name: string): string {
  const folder = join(root, name);
  mkdirSync(folder);
  cpSync(at('inventory'), join(folder, 'inventory'), { recursive: true });
  return folder;
}

describe('docs/ci', () => {
  it('names no command that is not safe on the branch of a stranger', () => {
    const all = [...githubCalls, ...gitlabCalls];
    expect(all).toHaveLength(7);
    for (const line of all) expect(line).toMatch(/^provision (check|rehearse|plan --offline) --format [a-z]+ ?/);
  });

  it('asks GitHub for no more than reading, and writing to code scanning', () => {
    expect(github.permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(github.jobs)) expect(job.permissions).toEqual({ contents: 'read', 'security-events': 'write' });
  });

  it('pins what it uses by commit; one is by tag and says so', () => {
    const loose = steps.flatMap((s) => s.uses ?? []).filter((uses) => !/@[0-9a-f]{40}$/.test(uses));
    expect(loose).toEqual(['github/codeql-action/upload-sarif@v4']);
  });
});

describe.skipIf(!existsSync(MAIN))(`the lines of docs/ci that call provision${existsSync(MAIN) ? '' : ' (dist/ is missing: npm run build)'}`, () => {
  beforeAll(() => {
    mkdirSync(join(root, 'bin'));
    mkdirSync(join(root, 'home'));
    symlinkSync(MAIN, join(root, 'bin', 'provision'));
  });

  it('GitHub: all pass on a right inventory, and leave marks, SARIF, JUnit and a summary', () => {
    const folder = checkout('github');
    expect(run('provision facts --save', folder).exit).toBe(0);
    const ran = githubCalls.map((line) => run(line, folder));
    expect(ran.map((r) => r.exit)).toEqual(githubCalls.map(() => 0));
    expect(readCommands(ran[0]?.out ?? 'none')).toEqual([]);
    expect(readSarif(readFileSync(join(folder, 'provision.sarif'), 'utf8')).results).toEqual([]);
    expect(readJunit(readFileSync(join(folder, 'provision.junit.xml'), 'utf8')).map((c) => c.attributes.name)).toEqual(['mostly-wlan']);
    const summary = readMarkdown(readFileSync(join(folder, 'summary.md'), 'utf8'));
    expect(summary.prose).toContain('## provision plan: 1 link, 12 steps, no errors');
    expect(summary.blocks.join('\n')).toContain('ifconfig gre1 tunnel 217.154.12.2 212.25.240.34');
  });

  it('GitHub: a wrong inventory fails the job, with a mark and a result at its line', () => {
    const folder = checkout('wrong');
    writeFileSync(join(folder, 'inventory', 'more.yaml'), 'hosts:\n  third: { adress: 203.0.113.9 }\n');
    const [check = '', sarif = ''] = githubCalls;
    const marked = run(check, folder);
    expect(marked.exit).toBe(65);
    expect(readCommands(marked.out).map((c) => [c.name, c.properties.file, c.properties.line])).toEqual([['error', 'inventory/more.yaml', '2']]);
    run(sarif, folder);
    expect(readSarif(readFileSync(join(folder, 'provision.sarif'), 'utf8')).results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe(
      'inventory/more.yaml',
    );
  });

  it('GitLab: all pass on a right inventory, and leave two JUnit reports and a page', () => {
    const folder = checkout('gitlab');
    expect(run('provision facts --save', folder).exit).toBe(0);
    expect(gitlabCalls.map((line) => run(line, folder).exit)).toEqual(gitlabCalls.map(() => 0));
    for (const name of ['check', 'rehearse']) expect(readJunit(readFileSync(join(folder, `${name}.junit.xml`), 'utf8'))).toHaveLength(1);
    readMarkdown(readFileSync(join(folder, 'plan.md'), 'utf8'));
  });
});
