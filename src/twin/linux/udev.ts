/**
 * What udev runs at boot for network interfaces, as far as rules have it: `ACTION=="add", SUBSYSTEM=="net", KERNEL=="NAME", RUN+="PROGRAM 'ARGUMENT'"` (udev(7)).
 *
 * In: the host after its network is up. Out: console lines. A rule of another form is not simulated and does nothing.
 */
import { type Machine, said } from './machine.js';

const RULE = /^ACTION=="add", SUBSYSTEM=="net", KERNEL=="([^"]+)", RUN\+="([^" ]+) '([^'"]*)'"$/;

export function udevAdds({ files, kernel, run }: Machine): string[] {
  const rules = files.paths().filter((p) => /^\/etc\/udev\/rules\.d\/[^/]+\.rules$/.test(p));
  return rules
    .flatMap((p) => (files.read(p) ?? '').split('\n'))
    .flatMap((line) => {
      const [, name = '', program = '', argument = ''] = RULE.exec(line) ?? [];
      return kernel.find(name) === undefined ? [] : said('udev', run([program, argument]).stderr);
    });
}
