/**
 * Half of a table: what one operator proposes to the other, and nothing else.
 *
 * In: values, or a YAML text whose signature was good. Out: the YAML text, or values that were checked. No SSH setting, path, playbook or secret has a place
 * here: an unknown key is refused. Format: docs/two-operators.md.
 */
import { stringify } from 'yaml';
import { z } from 'zod';
import { clean } from '../errors/clean.js';
import { ProvisionErrors } from '../errors/error.js';
import { isSubnet, outerForm, readSubnet, usable } from '../inventory/address.js';
import { readDocument } from '../inventory/document.js';
import { DNS_NAME, type Form, INTERFACE, NAME } from '../inventory/forms.js';
import { Problems } from '../inventory/problems.js';
import { notAnOffer } from './envelope.js';

export const OFFER_SCHEMA = 'provision/offer/1';

/** Days after which an offer says nothing any more, whatever it says itself. */
export const MOST_DAYS = 90;

const formed = (form: Form) => z.string().refine((text) => form.find(text) === undefined, `is not ${form.description.toLowerCase()}`);
const time = z
  .string()
  .refine(
    (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && Number.isFinite(Date.parse(text)),
    'is not a time such as 2026-11-26T09:00:00Z',
  );
const outer = z.string().refine((text) => text === 'dynamic' || outerForm(text) === undefined, 'is neither the address of a host nor dynamic');
const subnet = z.string().refine((text) => isSubnet(readSubnet(text, [30, 31])), 'is not a /30 or /31');

const shape = z
  .strictObject({
    schema: z.literal(OFFER_SCHEMA),
    offer: z.uuid(),
    answers: z.uuid().exactOptional(),
    link: formed(NAME),
    made: time,
    expires: time,
    kind: z.literal('gre'),
    encap: z.literal('udp').exactOptional(),
    subnet,
    mtu: z.union([z.literal('auto'), z.int().min(576).max(65_511)]),
    ttl: z.int().min(1).max(255),
    mine: z.strictObject({ host: formed(NAME), hostname: formed(DNS_NAME).exactOptional(), outer, inner: z.string(), interface: formed(INTERFACE) }),
    yours: z.strictObject({ inner: z.string() }),
  })
  .superRefine((half, ctx) => {
    const found = readSubnet(half.subnet, [30, 31]);
    const both: readonly string[] = isSubnet(found) ? usable(found) : [];
    const given = [half.mine.inner, half.yours.inner];
    if (given[0] === given[1] || !given.every((address) => both.includes(address)))
      ctx.addIssue({ code: 'custom', path: ['mine', 'inner'], message: 'and yours.inner are not the two addresses of the subnet' });
    const days = (Date.parse(half.expires) - Date.parse(half.made)) / 86_400_000;
    if (!(days > 0 && days <= MOST_DAYS)) ctx.addIssue({ code: 'custom', path: ['expires'], message: `is not within ${MOST_DAYS} days after made` });
  });

export type Half = z.output<typeof shape>;

/** Words in front of the YAML, for who opens the file; they are signed with it. */
const HEAD = (half: Half): string =>
  `# ${half.answers === undefined ? 'An offer' : 'The answer to an offer'}: one end of the tunnel ${half.link}, as its operator proposes it.
# Signed below. Take it with: provision accept FILE. By hand: docs/two-operators.md
`;

/** The exact bytes that are signed. */
export function halfText(half: Half): Buffer {
  const { schema, offer, answers, link, made, expires, kind, encap, mine, yours, ...terms } = half;
  const carrier = { kind, ...(encap === undefined ? {} : { encap }) };
  const ordered = { schema, offer, ...(answers === undefined ? {} : { answers }), link, made, expires, ...carrier, ...terms, mine, yours };
  return Buffer.from(`${HEAD(half)}${stringify(ordered)}`, 'utf8');
}

const IN_WORDS = (issue: z.core.$ZodIssue): string => {
  const at = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys')
    return `there is no key ${issue.keys.map((key) => clean(key, { max: 40 })).join(', ')}${at === '' ? '' : ` in ${at}`}`;
  return `${at === '' ? 'the text' : at} ${issue.code === 'custom' ? issue.message : `is not right (${clean(issue.message, { max: 200 })})`}`;
};

/**
 * @param text - Bytes whose signature was good.
 * @param file - Its name, for messages.
 * @throws {ProvisionError} OFFER_INVALID with everything that is wrong.
 */
export function readHalf(text: Buffer, file: string): Half {
  const problems = new Problems();
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    throw notAnOffer('The signed text is not UTF-8.');
  }
  // Characters that do not show, long lines and aliases without end are refused there.
  const { value } = readDocument({ file, text: source }, problems);
  try {
    problems.throwAny([file]);
  } catch (error) {
    if (!(error instanceof ProvisionErrors)) throw error;
    throw notAnOffer(
      'The signed text is no YAML that is taken here.',
      error.errors.map((e) => `line ${e.details.place?.line ?? 1}: ${e.message}`).join(' '),
    );
  }
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const later = versionOf(value);
  if (later !== undefined) throw notAnOffer(`The offer is of another version: ${clean(later, { max: 60 })}.`, `This program reads ${OFFER_SCHEMA}.`);
  throw notAnOffer('The signed text is no half of a table.', `${read.error.issues.slice(0, 6).map(IN_WORDS).join('; ')}.`);
}

function versionOf(value: unknown): string | undefined {
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  return typeof schema === 'string' && schema !== OFFER_SCHEMA && schema.startsWith('provision/') ? schema : undefined;
}
