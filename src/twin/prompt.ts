/** What a login by hand gets: a prompt that runs single command lines on the simulated host; `exit` leaves. */
import type { ServerChannel } from 'ssh2';
import type { SimulatedHost } from './host.js';
import { splitWords } from './words.js';

const crlf = (text: string): string => text.replace(/\r?\n/g, '\r\n');

function answer(host: SimulatedHost, line: string): string {
  const split = splitWords(line);
  if ('refused' in split) return `simulated host: ${split.refused}; type single commands\n`;
  const ran = host.run(split.words, host.faults.uid);
  return 'result' in ran ? ran.result.stdout + ran.result.stderr : '';
}

/** Reads keys (echo, backspace, control-C, control-D) and answers line by line until `exit`. */
export function prompt(host: SimulatedHost, channel: ServerChannel): void {
  const sign = `${host.spec.name}# `;
  let typed = '';
  channel.write(
    crlf(
      `This is a simulated host (${host.system.kind}). It knows single commands and the wire program of provision,\nbut it has no shell: no pipes, variables or redirections. Leave with: exit\n${sign}`,
    ),
  );
  const leave = (): void => {
    channel.write('\r\n');
    channel.exit(0);
    channel.end();
  };
  const line = (): void => {
    const text = typed.trim();
    typed = '';
    if (/^(exit|logout)$/.test(text)) leave();
    else channel.write(`\r\n${text === '' ? '' : crlf(answer(host, text))}${sign}`);
  };
  const key = (c: string): void => {
    if (c === '\r' || c === '\n') line();
    else if (c === '\x04' && typed === '') leave();
    else if (c === '\x03') {
      typed = '';
      channel.write(`^C\r\n${sign}`);
    } else if (c === '\x7f' || c === '\b') {
      if (typed !== '') channel.write('\b \b');
      typed = typed.slice(0, -1);
    } else if (c >= ' ') {
      typed += c;
      channel.write(c);
    }
  };
  channel.on('data', (bytes: Buffer) => {
    for (const c of bytes.toString('utf8')) if (channel.writable) key(c);
  });
}
