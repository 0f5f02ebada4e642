/** Playbooks as the build has read them: the same as their text read now, or not there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePlaybook, parseRouting } from '../../../src/playbook/parse.js';
import { preparedText } from '../../../src/playbook/prepare.js';
import { hashOf, type Prepared, prepared } from '../../../src/playbook/prepared.js';

const FOLDERS = { playbooks: 'playbooks', routing: 'playbooks/routing' } as const;
const PARSE = { playbooks: parsePlaybook, routing: parseRouting };
const textsOf = (kind: keyof Prepared): string[] =>
  readdirSync(FOLDERS[kind])
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(`${FOLDERS[kind]}/${name}`, 'utf8'));

describe.each(['playbooks', 'routing'] as const)('prepared %s', (kind) => {
  it('hold for every built-in text what reading it gives', () => {
    const made = JSON.parse(preparedText('playbooks')) as Prepared;
    for (const text of textsOf(kind)) {
      const { file: _file, builtIn: _builtIn, ...data } = PARSE[kind]({ file: 'x', text, builtIn: true }, []) ?? { file: '', builtIn: true };
      expect(made[kind][hashOf(text)]).toStrictEqual(data);
    }
  });

  it.skipIf(!existsSync('dist/playbooks.json'))('of the build say of each text that it has seen what reading it gives', () => {
    const made = JSON.parse(readFileSync('dist/playbooks.json', 'utf8')) as Prepared;
    const seen = textsOf(kind).filter((text) => Object.hasOwn(made[kind], hashOf(text)));
    for (const text of seen) expect(PARSE[kind]({ file: 'x', text, builtIn: true }, [])).toMatchObject(made[kind][hashOf(text)] ?? {});
  });

  it('are not there for a text that nobody has built, nor without a build', () => {
    for (const text of [...textsOf(kind), 'name: mine\n', '']) expect(prepared(text)[kind]).toBeUndefined();
  });
});
