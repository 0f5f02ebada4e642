/** The running configuration of a simulated FRR as `show running-config` and `write` print it (recorded on FRR 8.4.4). */
import { OF_FAMILY } from './config.js';
import { dotted, type Frr } from './frr.js';

/** `show running-config` without its first two lines, which is what `write` keeps. */
export function runningConfig(frr: Frr): string {
  const { config, machine } = frr;
  const forwarding = frr.stack.forwarding ? '' : 'no ip forwarding\n';
  const lines = [`frr version 8.4.4\nfrr defaults traditional\nhostname ${config.hostname}\n`];
  lines.push(
    `${config.more
      .filter((m) => m.startsWith('log'))
      .map((m) => `${m}\n`)
      .join('')}${forwarding}no ipv6 forwarding\n`,
  );
  lines.push(
    config.more
      .filter((m) => !m.startsWith('log') && !/^(no )?ip(v6)? forwarding$/.test(m))
      .map((m) => `${m}\n`)
      .join(''),
  );
  let text = `!\n${lines.join('')}!\n`;
  for (const [name, own] of config.interfaces) {
    const device = machine.kernel.find(name);
    const ptp = device?.gre !== undefined && device.gre.remote !== '';
    const body = [
      own.area === undefined ? '' : ` ip ospf area ${own.area}\n`,
      own.cost === undefined ? '' : ` ip ospf cost ${own.cost}\n`,
      own.dead === undefined ? '' : ` ip ospf dead-interval ${own.dead}\n`,
      own.hello === undefined || own.hello === 10 ? '' : ` ip ospf hello-interval ${own.hello}\n`,
      own.mtuIgnore === true ? ' ip ospf mtu-ignore\n' : '',
      // What the interface has by its nature is not written.
      own.network === undefined || own.network === (ptp ? 'point-to-point' : 'broadcast') ? '' : ` ip ospf network ${own.network}\n`,
      own.passive === true ? ' ip ospf passive\n' : '',
    ].join('');
    if (body !== '') text += `interface ${name}\n${body}exit\n!\n`;
  }
  return `${text}${bgpText(frr)}${ospfText(frr)}end\n`;
}

function ospfText({ config: { ospf } }: Frr): string {
  if (ospf === undefined) return '';
  const id = ospf.routerId === undefined ? '' : ` ospf router-id ${ospf.routerId}\n`;
  return `router ospf\n${id}${ospf.more.map((m) => ` ${m}\n`).join('')}${ospf.networks.map(({ net, area }) => ` network ${net} area ${dotted(area)}\n`).join('')}exit\n!\n`;
}

function bgpText({ config: { bgp } }: Frr): string {
  if (bgp === undefined) return '';
  const id = bgp.routerId === undefined ? '' : ` bgp router-id ${bgp.routerId}\n`;
  const one = ([address, n]: [string, { remoteAs?: number; more: readonly string[] }]): string =>
    `${n.remoteAs === undefined ? '' : ` neighbor ${address} remote-as ${n.remoteAs}\n`}${n.more
      .filter((m) => !OF_FAMILY.test(m))
      .map((m) => ` neighbor ${address} ${m}\n`)
      .join('')}`;
  const policies = [...bgp.neighbours].flatMap(([address, n]) => n.more.filter((m) => OF_FAMILY.test(m)).map((m) => `  neighbor ${address} ${m}\n`));
  const lines = [...bgp.networks.map((n) => `  network ${n}\n`), ...policies];
  const family = lines.length === 0 ? '' : ` !\n address-family ipv4 unicast\n${lines.join('')} exit-address-family\n`;
  return `router bgp ${bgp.as}\n${id}${bgp.more.map((m) => ` ${m}\n`).join('')}${[...bgp.neighbours].map(one).join('')}${family}exit\n!\n`;
}
