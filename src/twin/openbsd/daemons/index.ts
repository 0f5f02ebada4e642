/**
 * The routing daemons of a simulated OpenBSD: which it has, when they start, their commands. In: the machine and the options of its kind. Out: command results.
 * rc.conf.local names the daemons that start at boot; rc starts them behind the network (etc/rc).
 */
import { fail, ok } from '../../freebsd/result.js';
import type { CommandResult } from '../../system.js';
import type { Machine } from '../state.js';
import { bgpctl, bgpdCommand } from './bgpctl.js';
import { BGPD_CONF, Bgpd } from './bgpd.js';
import { ospfctl, ospfdCommand } from './ospfctl.js';
import { OSPFD_CONF, Ospfd } from './ospfd.js';

/** `ospfd`, `bgpd` and `AS64512`: the daemons of a kind, and the number in bgpd.conf. */
export const isDaemonOption = (word: string): boolean => /^(ospfd|bgpd|AS[1-9]\d{0,9})$/.test(word);

interface Daemon {
  readonly running: boolean;
  start(): readonly string[];
  stop(): void;
  reload(): boolean;
}

export class Daemons {
  private readonly ospfd?: Ospfd;
  private readonly bgpd?: Bgpd;

  constructor(
    private readonly m: Machine,
    options: readonly string[],
  ) {
    const as = options.find((o) => o.startsWith('AS'))?.slice(2);
    if (options.includes('ospfd')) {
      this.ospfd = new Ospfd(m);
      m.files.write(OSPFD_CONF, '# no areas yet\nfib-update yes\n', 0o600);
    }
    if (options.includes('bgpd') || as !== undefined) {
      this.bgpd = new Bgpd(m);
      m.files.write(BGPD_CONF, `# no neighbours yet\n${as === undefined ? '' : `AS ${as}\n`}`, 0o600);
    }
    if (this.all().length > 0)
      m.files.write(
        '/etc/rc.conf.local',
        this.all()
          .map(([name]) => `${name}_flags=\n`)
          .join(''),
      );
  }

  private all(): readonly (readonly [string, Daemon])[] {
    return [
      ...(this.ospfd === undefined ? [] : [['ospfd', this.ospfd] as const]),
      ...(this.bgpd === undefined ? [] : [['bgpd', this.bgpd] as const]),
    ];
  }

  programs(): readonly string[] {
    const rcctl = this.m.release.driver === 'link0' ? [] : ['/usr/sbin/rcctl'];
    const of = this.all().flatMap(([name]) => [`/usr/sbin/${name}`, `/usr/sbin/${name.replace('d', 'ctl')}`]);
    return this.all().length === 0 ? [] : [...of, ...rcctl];
  }

  /** Everything is down; then what rc.conf.local names. @returns What the console shows. */
  boot(): readonly string[] {
    const wanted = this.m.files.read('/etc/rc.conf.local') ?? '';
    return this.all().flatMap(([name, daemon]) => {
      daemon.stop();
      const flags = new RegExp(`^${name}_flags=(.*)$`, 'm').exec(wanted)?.[1];
      if (flags === undefined || /^"?NO"?$/.test(flags.trim())) return [];
      const said = daemon.start();
      return said.map((line) => `${name}: ${line}`);
    });
  }

  /** Before each command of the host: what goes on behind commands. */
  before(base: string): void {
    this.ospfd?.catchUp(base === 'ospfctl');
  }

  command(base: string, words: readonly string[]): CommandResult | undefined {
    const { ospfd, bgpd } = this;
    if (base === 'ospfctl' && ospfd !== undefined) return ospfctl(ospfd, words.slice(1));
    if (base === 'ospfd' && ospfd !== undefined) return ospfdCommand(ospfd, words);
    if (base === 'bgpctl' && bgpd !== undefined) return bgpctl(bgpd, words.slice(1));
    if (base === 'bgpd' && bgpd !== undefined) return bgpdCommand(bgpd, words);
    return base === 'rcctl' ? this.rcctl(words.slice(1)) : undefined;
  }

  private rcctl([verb = '', name = '']: readonly string[]): CommandResult {
    const daemon = this.all().find(([n]) => n === name)?.[1];
    if (daemon === undefined) return fail(2, `rcctl: service ${name} does not exist\n`);
    const told = (good: boolean): CommandResult => (good ? ok(`${name}(ok)\n`) : fail(1, '', `${name}(failed)\n`));
    if (verb === 'check') return told(daemon.running);
    if (verb === 'reload') {
      if (daemon.running) daemon.reload();
      return told(daemon.running);
    }
    if (verb === 'stop' || verb === 'restart') daemon.stop();
    if (verb === 'start' || verb === 'restart') return told(daemon.running || daemon.start().length === 0);
    return verb === 'stop' ? told(true) : fail(1, 'usage:\trcctl check|reload|restart|stop|start daemon ...\n');
  }

  /** What runs, to compare before and after. */
  snapshot(): unknown {
    return this.all().map(([name, daemon]) => [name, daemon.running]);
  }
}
