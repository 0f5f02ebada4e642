/** offer and accept on the command line: two people, two folders, two keys. No host is dialled. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agree, makeOperators, type Operator, type Operators } from '../../twin/operators.js';

let both: Operators;
let mostly: Operator;
let wlan: Operator;
beforeEach(() => {
  both = makeOperators();
  ({ mostly, wlan } = both);
});
afterEach(() => both.close());

const NEW = ['offer', 'mostly-wlan', '--subnet', '10.1.12.36/30'] as const;

/** An offer in a file that both can read. */
async function offered(by: Operator, name = 'offer', ...more: string[]): Promise<string> {
  const file = by.path('..', name);
  const ran = await by.provision(...NEW, ...more, '--output', file);
  if (ran.exit !== 0) throw new Error(ran.err);
  return file;
}

/** Nothing was written: neither link nor answer nor memory. */
function expectUntouched(operator: Operator): void {
  expect(readdirSync(operator.path('inventory'))).toEqual(['own.yaml']);
  expect(existsSync(operator.path('mostly-wlan.answer'))).toBe(false);
}

describe('offer', () => {
  it('writes my half and nothing else, readable by ssh-keygen as the docs tell', async () => {
    mostly.write(
      'inventory/own.yaml',
      mostly
        .read('inventory', 'own.yaml')
        .replace(' }', ', ssh: { user: admin, identity: /secret/key, jump: gate.example.net }, module: /x/if_gre.ko }'),
    );
    const file = await offered(mostly);
    const text = readFileSync(file, 'utf8');
    for (const word of ['admin', 'secret', 'gate', 'if_gre', mostly.home]) expect(text).not.toContain(word);
    expect(text).toMatch(
      /^mine:\n {2}host: mostly\n {2}hostname: mostly.pointless.net\n {2}outer: 212.25.240.34\n {2}inner: 10.1.12.37\n {2}interface: gre1\nyours:\n {2}inner: 10.1.12.38\n-----BEGIN/m,
    );
    const allowed = mostly.write('allowed', `mostly ${mostly.publicKey()}\n`);
    const script = `sed '/^-----BEGIN SSH SIGNATURE-----$/,$d' ${file} > ${file}.yaml
      sed -n '/^-----BEGIN SSH SIGNATURE-----$/,$p' ${file} > ${file}.yaml.sig
      ssh-keygen -Y verify -f ${allowed} -I mostly -n provision-offer -s ${file}.yaml.sig < ${file}.yaml`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toContain('Good "provision-offer" signature for mostly');
  });

  it('goes to standard output whole, and into the document with --json', async () => {
    const plain = await mostly.provision(...NEW);
    expect([plain.exit, plain.out]).toEqual([0, expect.stringMatching(/^# An offer[\s\S]*-----END SSH SIGNATURE-----\n$/)]);
    const json = await mostly.provision(...NEW, '--json', '--expires', '12h', '--mtu', '1450');
    const made = JSON.parse(json.out) as { text: string; offer: { made: string; expires: string; mtu: number } };
    expect(made.text).toContain(`mtu: ${made.offer.mtu}\n`);
    expect(Date.parse(made.offer.expires) - Date.parse(made.offer.made)).toBe(12 * 3_600_000);
  });

  it('takes the values of a link that the inventory has, and refuses others beside it', async () => {
    await agree(both);
    const made = JSON.parse((await mostly.provision('offer', 'mostly-wlan', '--json')).out) as { offer: { mtu: number } };
    expect(made.offer.mtu).toBe(1450);
    expect((await mostly.provision(...NEW)).err).toContain('--subnet is for a link that is not in the inventory');
  });

  it.each([
    [['offer', 'nobody'], 'There is no link nobody'],
    [['offer', '../x', '--subnet', '10.1.12.36/30'], 'is not a name'],
    [['offer', 'x', '--subnet', '10.1.12.37/30'], '10.1.12.36/30'],
    [['offer', 'x', '--subnet', '10.1.12.36/30', '--inner', '10.1.12.36'], '10.1.12.37 or 10.1.12.38'],
    [['offer', 'x', '--subnet', '10.1.12.36/30', '--interface', '-x'], 'not an interface name'],
    [['offer', 'x', '--subnet', '10.1.12.36/30', '--end', 'wlan'], 'There is no host wlan'],
    [['offer', 'x', '--subnet', '10.1.12.36/30', '--expires', '1y'], '--expires'],
    [['offer', 'x', '--subnet', '10.1.12.36/30', '--expires', '91d'], '90 days'],
    [['offer', 'x', '--withdraw'], 'No offer for x'],
  ] as const)('%j is wrong usage, with what to write', async (argv, said) => {
    const ran = await mostly.provision(...argv);
    expect([ran.exit, ran.err]).toEqual([64, expect.stringContaining(said)]);
  });

  it('overwrites nothing', async () => {
    const file = mostly.write('there', 'mine\n');
    expect((await mostly.provision(...NEW, '--output', file)).err).toContain('is there already');
    expect(readFileSync(file, 'utf8')).toBe('mine\n');
  });
});

describe('accept', () => {
  it('shows the fingerprint of a key that is not known and asks; after a yes it is kept, for offers only', async () => {
    const file = await offered(mostly);
    const ran = await wlan.asked(['yes', 'yes'], 'accept', file);
    expect([ran.exit, ran.questions.length]).toEqual([0, 2]);
    const print = execFileSync('ssh-keygen', ['-lf', mostly.path('.ssh', 'id_ed25519.pub')], { encoding: 'utf8' }).split(' ')[1] ?? '-';
    expect(ran.err).toContain(print);
    const signers = wlan.path('config', 'provision', 'allowed_signers');
    expect(readFileSync(signers, 'utf8')).toContain(`mostly namespaces="provision-offer" ${mostly.publicKey()}\n`);
    expect(statSync(signers).mode & 0o777).toBe(0o600);
    expect((await wlan.provision('check')).exit).toBe(0);
    expect(wlan.read('inventory', 'offer-mostly-wlan.yaml')).toContain(
      'mostly: { hostname: mostly.pointless.net, address: 212.25.240.34, theirs: true }',
    );
  });

  it('takes no unknown key without a terminal, not even with --yes, nor after a no', async () => {
    const file = await offered(mostly);
    const alone = await wlan.provision('accept', file, '--yes');
    expect([alone.exit, alone.err]).toEqual([1, expect.stringMatching(/OFFER_SIGNER[\s\S]*SHA256:[\s\S]*namespaces="provision-offer" ssh-ed25519/)]);
    expect((await wlan.asked(['no'], 'accept', file, '--yes')).err).toContain('OFFER_SIGNER');
    expect(existsSync(wlan.path('config'))).toBe(false);
    expectUntouched(wlan);
  });

  it('shows what it would write and asks; a no and nobody to ask write nothing', async () => {
    wlan.trusts(mostly);
    const file = await offered(mostly);
    const none = await wlan.provision('accept', file);
    expect([none.exit, none.out]).toEqual([64, expect.stringContaining('links:\n    mostly-wlan:')]);
    expect((await wlan.asked(['n'], 'accept', file)).exit).toBe(2);
    expectUntouched(wlan);
  });

  it('the answer completes the other side; both tables are the same, reversed', async () => {
    await agree(both);
    expect(readdirSync(mostly.path('inventory'))).toEqual(['offer-mostly-wlan.yaml', 'own.yaml']);
    const answer = readFileSync(mostly.path('..', 'answer'), 'utf8');
    expect(answer).toMatch(/^answers: [0-9a-f-]{36}$/m);
    const again = await mostly.provision('accept', mostly.path('..', 'answer'), '--yes');
    expect([again.exit, again.err]).toEqual([1, expect.stringContaining('OFFER_OLD')]);
    const replay = await wlan.provision('accept', mostly.path('..', 'offer'), '--yes');
    expect([replay.exit, replay.err]).toEqual([1, expect.stringContaining('OFFER_OLD')]);
    const kept = /is kept in (\S+):/.exec(replay.err)?.[1] ?? '';
    expect(readFileSync(kept, 'utf8')).toBe(answer);
  });

  it('a changed byte, another key, an expired, an old and a foreign file: each is refused with its reason, and nothing is written', async () => {
    wlan.trusts(mostly);
    const first = await offered(mostly, 'first');
    const text = readFileSync(first, 'utf8');
    const refused = async (file: string): Promise<string> => {
      const ran = await wlan.provision('accept', file, '--yes');
      expect(ran.exit).toBe(ran.err.includes('OFFER_INVALID') ? 65 : ran.err.includes('USAGE') ? 64 : 1);
      expectUntouched(wlan);
      return ran.err;
    };
    expect(await refused(wlan.write('changed', text.replace('212.25', '212.26')))).toContain('OFFER_SIGNATURE');
    const resigned = wlan.write('half', text.slice(0, text.indexOf('-----BEGIN')));
    execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'provision-offer', '-f', wlan.path('.ssh', 'login'), resigned], { stdio: 'ignore' });
    expect(await refused(resigned)).toContain('OFFER_SIGNER');
    const early = wlan.write('early', '');
    const expired = text
      .slice(0, text.indexOf('-----BEGIN'))
      .replace(/made: .*/, 'made: 2020-01-01T00:00:00Z')
      .replace(/expires: .*/, 'expires: 2020-01-08T00:00:00Z');
    writeFileSync(early, expired);
    execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'provision-offer', '-f', mostly.path('.ssh', 'id_ed25519'), early], { stdio: 'ignore' });
    expect(await refused(early)).toContain('OFFER_EXPIRED');
    expect(await refused(wlan.write('empty', ''))).toContain('OFFER_INVALID');
    expect(await refused(wlan.write('large', `${'#'.repeat(99)}\n`.repeat(1000)))).toContain('longer than 16 KiB');
    expect(await refused(wlan.path('none'))).toContain('cannot be read');
    execFileSync('mkfifo', [wlan.path('pipe')]);
    expect(await refused(wlan.path('pipe'))).toContain('not a regular file');
    expect(await refused(wlan.path('inventory'))).toMatch(/not a regular file|cannot be read/);
  });

  it('what a file holds is not obeyed by the terminal, whoever has signed it', async () => {
    wlan.trusts(mostly);
    const text = readFileSync(await offered(mostly), 'utf8');
    const hostile = wlan.write('hostile', `${text.slice(0, text.indexOf('-----BEGIN')).replace('link: mostly-wlan', 'link: "\\e[2J\\e]0;x\\a"')}`);
    execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'provision-offer', '-f', mostly.path('.ssh', 'id_ed25519'), hostile], { stdio: 'ignore' });
    for (const file of [hostile, wlan.write('raw\u001b[2J', '\u001b[2J')]) {
      const ran = await wlan.provision('accept', file, '--yes');
      expect([ran.exit, ran.out + ran.err]).toEqual([65, expect.not.stringContaining('\u001b')]);
    }
    expectUntouched(wlan);
  });

  it('two offers that cross: both are refused and name the same one to keep; after a withdrawal it goes on', async () => {
    mostly.trusts(wlan);
    wlan.trusts(mostly);
    const [a, b] = [await offered(mostly, 'a'), await offered(wlan, 'b')];
    const [here, there] = [await mostly.provision('accept', b, '--yes'), await wlan.provision('accept', a, '--yes')];
    expect([here.exit, there.exit]).toEqual([1, 1]);
    for (const ran of [here, there]) expect(ran.err).toMatch(/OFFER_CROSSED[\s\S]*older one is kept/);
    const mine = here.err.includes('Yours is kept');
    expect(there.err).toContain(mine ? 'Theirs is kept' : 'Yours is kept');
    const [first, second, file] = mine ? [wlan, mostly, a] : [mostly, wlan, b];
    expect((await first.provision('offer', 'mostly-wlan', '--withdraw')).exit).toBe(0);
    expect((await first.provision('accept', file, '--yes')).exit).toBe(0);
    expect((await second.provision('accept', first.path('mostly-wlan.answer'), '--yes')).exit).toBe(0);
  });

  it('my own offer and an answer to one that I have replaced are refused', async () => {
    mostly.trusts(wlan);
    wlan.trusts(mostly);
    const old = await offered(mostly, 'old');
    mostly.trusts(mostly);
    expect((await mostly.provision('accept', old, '--yes')).err).toContain('OFFER_OWN');
    expect((await wlan.provision('accept', old, '--yes')).exit).toBe(0);
    await offered(mostly, 'new');
    const ran = await mostly.provision('accept', wlan.path('mostly-wlan.answer'), '--yes');
    expect([ran.exit, ran.err]).toEqual([1, expect.stringMatching(/OFFER_OLD[\s\S]*taken back or replaced/)]);
  });

  it('differences are shown cell by cell, and nothing is taken until both agree', async () => {
    await agree(both);
    const link = wlan.read('inventory', 'offer-mostly-wlan.yaml');
    wlan.write('inventory/offer-mostly-wlan.yaml', link.replace('mtu: 1450', 'mtu: 1400').replace('212.25.240.34', '212.25.240.35'));
    const offer = mostly.path('..', 'second');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await mostly.provision('offer', 'mostly-wlan', '--output', offer)).exit).toBe(0);
    const ran = await wlan.provision('accept', offer, '--yes');
    expect([ran.exit, ran.err]).toEqual([1, expect.stringContaining('OFFER_DIFFERS')]);
    expect(ran.out).toMatch(/≠ their outer address +212\.25\.240\.35 +212\.25\.240\.34/);
    expect(ran.out).toMatch(/≠ mtu +1400 +1450/);
    expect(ran.out).toMatch(/^ {4}subnet +10\.1\.12\.36\/30 +10\.1\.12\.36\/30$/m);
    wlan.write('inventory/offer-mostly-wlan.yaml', link);
    const same = await wlan.provision('accept', offer, '--yes', '--json');
    expect(JSON.parse(same.out)).toMatchObject({ exit: 0, accepted: true, file: null, principal: 'mostly' });
    expect(wlan.read('inventory', 'offer-mostly-wlan.yaml')).toBe(link);
  });

  it('a link that does not fit the inventory is refused: another link has the addresses, or the name is taken', async () => {
    wlan.trusts(mostly);
    const file = await offered(mostly);
    const own = wlan.read('inventory', 'own.yaml');
    const other =
      'links:\n  other:\n    subnet: 10.1.12.36/30\n    ends:\n      wlan: { inner: 10.1.12.37, interface: gre1 }\n      far: { inner: 10.1.12.38, interface: gre1 }\n';
    wlan.write('inventory/own.yaml', `${own}  far: { address: 203.0.113.9 }\n${other}`);
    const overlap = await wlan.provision('accept', file, '--yes', '--end', 'wlan');
    expect([overlap.exit, overlap.err]).toEqual([1, expect.stringMatching(/OFFER_UNFIT[\s\S]*overlaps/)]);
    expectUntouched(wlan);
    wlan.write('inventory/own.yaml', own.replace('wlan:', 'mostly:'));
    const clash = await wlan.provision('accept', file, '--yes');
    expect([clash.exit, clash.err]).toEqual([64, expect.stringContaining('--as NAME')]);
    expect((await wlan.provision('accept', file, '--yes', '--as', 'peer')).exit).toBe(0);
    expect((await wlan.provision('check')).exit).toBe(0);
  });

  it('an inventory that is one file is left as it is', async () => {
    wlan.trusts(mostly);
    const file = await offered(mostly);
    const ran = await wlan.provision('accept', file, '--yes', '-i', wlan.path('inventory', 'own.yaml'));
    expect([ran.exit, ran.err]).toEqual([64, expect.stringContaining('is one file')]);
    expectUntouched(wlan);
  });

  it('an offer that ssh-keygen has signed into a file beside it is taken', async () => {
    wlan.trusts(mostly);
    const text = readFileSync(await offered(mostly), 'utf8');
    const half = wlan.write('half.yaml', text.slice(0, text.indexOf('-----BEGIN')));
    execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'provision-offer', '-f', mostly.path('.ssh', 'id_ed25519'), half], { stdio: 'ignore' });
    expect((await wlan.provision('accept', half, '--yes')).exit).toBe(0);
  });

  it('a memory that cannot be read is an error and no empty one', async () => {
    await agree(both);
    const folder = wlan.path('state', 'provision', 'offers');
    writeFileSync(`${folder}/mostly-wlan.json`, 'torn');
    const ran = await wlan.provision('accept', mostly.path('..', 'offer'), '--yes');
    expect([ran.exit, ran.err]).toEqual([1, expect.stringContaining('OFFER_STATE')]);
  });
});
