/**
 * The forms of names and other short texts. Each is a closed pattern, so that no value can be taken for an option, a path out of
 * its folder or shell syntax later on: quoting is the second line of defence, this is the first.
 */
import { isClean } from '../errors/clean.js';
import { type Problem, show } from './problems.js';

export interface Form {
  readonly description: string;
  readonly examples: readonly string[];
  readonly pattern: RegExp;
  find(text: string): Problem | undefined;
}

/** @param what - With article, as in "is not WHAT". @param rule - What is allowed, as a sentence. */
function form(what: string, description: string, pattern: RegExp, rule: string, ...examples: string[]): Form {
  const find = (text: string): Problem | undefined => {
    if (pattern.test(text) && isClean(text)) return undefined;
    const shown = text === '' ? 'An empty text' : show(text);
    const why = text.startsWith('-') ? 'A value that starts with a dash could be taken for an option.' : undefined;
    const next = examples.length === 0 ? rule : `${rule} For example: ${examples.join(' or ')}`;
    return { code: 'INVENTORY_VALUE', message: `${shown} is not ${what}.`, next, ...(why === undefined ? {} : { why }) };
  };
  return { description, examples, pattern, find };
}

export const NAME = form(
  'a name',
  'Name of a host, link or pool',
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'Write 1 to 63 letters, digits, dots, dashes or underscores, with a letter or digit first.',
  'mostly',
);
export const INTERFACE = form(
  'an interface name',
  'Name of the tunnel interface',
  /^[a-z][a-z0-9]{0,14}$/,
  'Write 1 to 15 small letters and digits, with a letter first.',
  'gre1',
);
export const DYNAMIC_INTERFACE = form(
  'an interface name',
  'The interface whose address changes',
  /^[A-Za-z][A-Za-z0-9._-]{0,14}$/,
  'Write 1 to 15 letters, digits, dots or dashes, with a letter first.',
  'tun0',
  'eth0',
);
export const DNS_NAME = form(
  'a host name',
  'A label for people; never dialled',
  /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/,
  'Write a name of letters, digits, dots and dashes.',
  'mostly.pointless.net',
);
export const DIAL = form(
  'a name or address to dial',
  'Name or address that ssh dials, if not the address of the host',
  /^[A-Za-z0-9_:][A-Za-z0-9._:%-]{0,252}$/,
  'Write a host name or an IP address.',
  'mostly.pointless.net',
);
export const USER = form(
  'a user name',
  'Account to log in with',
  /^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/,
  'Write letters, digits, dots, dashes or underscores, with no dash first.',
  'root',
);
export const IDENTITY = form(
  'the name of a key file',
  'Private key file, or a list of them',
  /^[^-\s][^\r\n]{0,1023}$/u,
  'Write a path.',
  '~/.ssh/id_ed25519',
);
export const COMMAND_WORD = form(
  'a word of a command',
  'One word of a command; no shell reads it',
  /^[ -~]{1,1024}$/,
  'Write 1 to 1024 printable ASCII characters.',
  'pass',
);
const HOP =
  /([A-Za-z0-9_][A-Za-z0-9._-]{0,63}@)?(\[[0-9A-Fa-f:.%]{2,60}\]|[A-Za-z0-9_][A-Za-z0-9._-]{0,252})(:(?!0)(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]))?/;
export const JUMP = form(
  'a jump host',
  'Hosts to jump over, as ProxyJump writes them, or none',
  new RegExp(`^(none|${HOP.source}(,${HOP.source}){0,9})$`),
  'Write USER@HOST:PORT (user and port may be left out; ports go from 1 to 65535), several with commas, or none.',
  'admin@gate.example.net:22',
);
export const HOST_KEY = form(
  'a host key or fingerprint',
  'Pinned host key: a line of ssh-keyscan without the host name, or a SHA256 fingerprint; or a list of them',
  /^(SHA256:[A-Za-z0-9+/]{43}=?|(ssh-ed25519|ssh-rsa|ssh-dss|ecdsa-sha2-nistp(256|384|521)) AAAA[A-Za-z0-9+/]{16,8000}={0,2}( [ -~]*)?)$/,
  'Write what ssh-keygen -lf prints (SHA256:…), or a key line.',
  'ssh-ed25519 AAAA…',
);
export const MODULE = form(
  'the name of a module',
  'Path or file name of a loadable driver module',
  /^[A-Za-z0-9_/][A-Za-z0-9._/-]{0,254}$/,
  'Write a file name or path of letters, digits, dots, dashes and slashes.',
  'if_gre.ko',
);
export const TWIN = form(
  'a system to simulate',
  'What to simulate: system and release. A host that has it is never dialled for real',
  /^[A-Za-z0-9][ -~]{0,62}$/,
  'Write system and release in printable characters; provision twin list shows which there are.',
);
export const ROUTING = form(
  'the name of a routing daemon',
  'Routing daemon of this host, where several of it would do: the name of its playbook',
  /^[a-z][a-z0-9-]{0,31}$/,
  'Write small letters, digits and dashes.',
  'frr',
  'bird',
);
const CRON_FIELD = /(\*|\d{1,2}(-\d{1,2})?)(\/\d{1,2})?(,(\*|\d{1,2}(-\d{1,2})?)(\/\d{1,2})?)*/;
export const SCHEDULE = form(
  'a schedule',
  'When the updater looks, as crontab writes it; six fields begin with seconds, which only the Node form can do',
  new RegExp(`^(${CRON_FIELD.source})( (${CRON_FIELD.source})){4,5}$`),
  'Write five or six fields of numbers, *, ranges and steps.',
  '*/5 * * * *',
);
export const BECOME = ['none', 'sudo', 'doas'] as const;
