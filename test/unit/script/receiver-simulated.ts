/** The receiver file of receiver-ends.ts on a simulated host; its commands for the tunnel are answers that are made up here. */
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';
import { receive } from '../../../src/twin/receiver.js';
import { readReceiver } from '../../../src/twin/receiver-file.js';
import { seenIn } from '../../../src/twin/receiver-request.js';
import { BLOCK, type Faults, FILE, FIXED, GUARD, HOME, type ReceiverEnd, textFor } from './receiver-ends.js';

export class SimulatedEnd implements ReceiverEnd {
  private readonly internet = new Internet();
  private readonly host = new SimulatedHost({ name: 'left', system: 'Debian 12', addresses: [FIXED] }, this.internet);
  private pair = '';
  private broken = false;
  private silent = false;

  constructor() {
    const self = this;
    const is =
      (...first: string[]) =>
      (words: readonly string[]): boolean =>
        first.every((word, i) => words[i] === word);
    this.host.guards.manual = true;
    this.host.faults.refuse = [
      { match: (words) => this.broken && is('tun', 'set')(words), exit: 1, stderr: 'no\n' },
      { match: (words) => is('tun', 'set')(words) && this.set(words), exit: 0, stderr: '' },
      {
        match: is('tun', 'show'),
        exit: 0,
        stderr: '',
        get stdout() {
          return self.pair;
        },
      },
      { match: (words) => is('reach-it')(words) && !this.silent, exit: 0, stderr: '', stdout: '1 packets transmitted, 1 received\n' },
    ];
  }

  private set(words: readonly string[]): boolean {
    this.pair = `${words[2]} ${words[3]}\n`;
    return true;
  }

  install(more: { readonly any?: boolean; readonly private?: boolean }): void {
    this.host.system.files.write(`${HOME}/receiver`, textFor(more, {}), 0o700);
  }

  faults(now: Faults): void {
    this.broken = now.point === true;
    this.silent = now.silent === true;
    this.host.faults.onCall = (call, when) => (now.boot === true && call.verb === 'put' && when === 'before' ? 'refuse' : 'go');
    this.host.guards.disarm(GUARD, 'abcdef01');
    const order = { run: 'abcdef01', holder: 'somebody', seconds: 60, script: '', keep: '/tmp/keep' };
    if (now.guard === true) this.host.guards.arm(GUARD, order, { phase: () => Promise.resolve('done'), drop: () => undefined });
  }

  put(name: 'address' | 'recent', text: string | null): void {
    if (text === null) this.host.system.files.remove(`${HOME}/${name}`);
    else this.host.system.files.write(`${HOME}/${name}`, text, 0o600);
  }

  tunnel(pair: string): void {
    this.pair = `${pair}\n`;
  }

  async ask(request: string, connection: string, seconds: number): Promise<string> {
    this.internet.clock = () => seconds * 1000;
    const file = readReceiver(this.host.system.files.read(`${HOME}/receiver`) ?? '');
    if (file === undefined) throw new Error('the receiver file is not read');
    const answered = await receive(this.host, file, request, seenIn(connection));
    return `${answered?.exit} ${answered?.line}\n`;
  }

  state(): readonly string[] {
    const read = (path: string): string => this.host.system.files.read(path) ?? '';
    return [
      this.pair,
      read(FILE),
      read(BLOCK),
      read(`${HOME}/address`),
      read(`${HOME}/recent`),
      (this.host.syslog.at(-1) ?? '').replace('provision: ', ''),
    ];
  }

  close(): void {
    // Nothing of it outlasts the test.
  }
}
