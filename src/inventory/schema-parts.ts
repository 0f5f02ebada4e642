/**
 * What schemas of hosts and of links have in common.
 *
 * In: a check, a form, a description. Out: zod schemas; what is a schema by itself is made when it is first asked for.
 */
import { z } from 'zod';
import { lazy } from '../files/lazy.js';
import { isSubnet, outerForm, readSubnet } from './address.js';
import type { Form } from './forms.js';
import type { Problem } from './problems.js';

/** Text checked by a function that says what to write instead; the pattern is for editors only. */
export const checked = (find: (text: string) => Problem | undefined, meta: { description: string; examples: string[]; pattern?: string }) =>
  z
    .string()
    .check(({ value, issues }) => {
      const problem = find(value);
      if (problem !== undefined) issues.push({ code: 'custom', message: problem.message, params: { problem }, input: value });
    })
    .meta(meta);

export const formed = (form: Form) =>
  checked(form.find, { description: form.description, examples: [...form.examples], pattern: form.pattern.source });

export const IPV4 = '^\\d{1,3}(\\.\\d{1,3}){3}$';
export const subnetText = (sizes: readonly [number, number], description: string, example: string) =>
  checked(
    (text) => {
      const read = readSubnet(text, sizes);
      return isSubnet(read) ? undefined : read;
    },
    { description, examples: [example], pattern: `${IPV4.slice(0, -1)}/\\d{1,2}$` },
  );

export const outerAddress = (description: string, example: string) => checked(outerForm, { description, examples: [example], pattern: IPV4 });
export const mtu = lazy(() =>
  z
    .union([z.literal('auto'), z.int().min(576).max(65511)])
    .meta({ description: 'MTU of the tunnel in bytes (576 to 65511), or auto: what both ends can do', examples: ['auto', 1476] }),
);
export const ttl = lazy(() =>
  z
    .int()
    .min(1)
    .max(255)
    .meta({ description: 'TTL of the outer packets, 1 to 255', examples: [64] }),
);
export const oneOrMore = (form: Form) =>
  z.union([formed(form), z.array(formed(form)).min(1)]).meta({ description: form.description, examples: [...form.examples] });

export const flag = (description: string) => z.boolean().meta({ description: `true or false: ${description}`, examples: [true] });
