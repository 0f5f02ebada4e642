/**
 * A gateway in front of h2 that translates addresses: the lab's namespace itself, between two bridges.
 *
 * in: a rig
 * out: h2 on a network of its own behind the gateway, which has one outside address at a time and carries GRE (protocol 47) both ways
 * why: behind such a gateway nothing on h2 tells that its outer address is another
 */
import { must } from '../lab/run.js';
import { FIXED, type UpdaterRig, WAY_IN } from './rig.js';

export const INSIDE = '10.20.0.2';
const ROUTER = '10.20.0.1';
/** The controller's address on the bridge of the lab. */
const CONTROLLER = '198.51.100.254';

/** `one-to-one`: h2 alone has the outside address, in both directions. `masquerade`: it shares the address with others, only protocol 47 is led to it. */
export type Kind = 'one-to-one' | 'masquerade';

const rules = (kind: Kind, outside: string): string =>
  `chain in { type nat hook prerouting priority dstnat; iifname "br0" ip daddr ${outside}${kind === 'masquerade' ? ' ip protocol gre' : ''} dnat to ${INSIDE}; }
chain out { type nat hook postrouting priority srcnat; oifname "br0" ip saddr ${INSIDE} snat to ${outside}; }`;

export class Gateway {
  readonly #rig: UpdaterRig;
  #outside: string | undefined;

  constructor(rig: UpdaterRig) {
    this.#rig = rig;
  }

  #ip(...words: string[]): Promise<string> {
    return must(['ip', '-n', this.#rig.lab.namespace, ...words]);
  }

  async #must(...words: string[]): Promise<void> {
    const ran = await this.#rig.lab.run(words);
    if (ran.exit !== 0) throw new Error(`${words.join(' ')}: exit ${ran.exit}\n${ran.stderr}${ran.stdout}`);
  }

  /** Puts h2 behind the gateway. @param was - Its outer address until now. */
  async build(was: string): Promise<void> {
    const mac = /link\/ether (\S+)/.exec(await this.#ip('link', 'show', 'dev', 'br0'))?.[1] ?? '';
    // It would take another one with the cable of h2 gone.
    await this.#ip('link', 'set', 'dev', 'br0', 'address', mac);
    // The same hardware address on both bridges, so that h2 goes on talking to the controller without a pause.
    await this.#ip('link', 'add', 'br1', 'address', mac, 'type', 'bridge', 'forward_delay', '0');
    await this.#ip('address', 'add', `${ROUTER}/24`, 'dev', 'br1');
    await this.#ip('link', 'set', 'br1', 'up');
    await this.#must('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
    const change = [
      `ip addr add ${INSIDE}/24 dev vec0`,
      `ip addr del ${was}/32 dev vec0`,
      `ip route add ${FIXED}/32 via ${ROUTER} src ${INSIDE}`,
      'ip neigh flush dev vec0',
    ];
    await this.#rig.must('h2', change.join(' && '));
    await this.#ip('link', 'set', 'tap1', 'master', 'br1');
    await this.#ip('route', 'add', `${WAY_IN}/32`, 'dev', 'br1', 'src', CONTROLLER);
  }

  /** Gives the gateway its outside address, and forgets whatever went by another one, as gateways do when their line comes up anew. */
  async outside(address: string, kind: Kind): Promise<void> {
    await this.#ip('address', 'add', `${address}/32`, 'dev', 'br0');
    if (this.#outside !== undefined) await this.#ip('address', 'del', `${this.#outside}/32`, 'dev', 'br0');
    this.#outside = address;
    const ran = await this.#rig.lab.run(['nft', '-f', '-'], {
      input: `add table ip gateway\ndelete table ip gateway\ntable ip gateway {\n${rules(kind, address)}\n}\n`,
    });
    if (ran.exit !== 0) throw new Error(ran.stderr);
    await this.#must('conntrack', '-F');
  }
}
