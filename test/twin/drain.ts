/** All that comes over one channel of an SSH connection to a simulated host. */
import type { ClientChannel } from 'ssh2';

export interface Answer {
  readonly exit: number;
  /** Bytes as latin1. */
  readonly out: string;
  readonly err: string;
}

/** Exit -1: none came. */
export async function drain(channel: ClientChannel): Promise<Answer> {
  let [out, err, exit] = ['', '', -1];
  channel.on('data', (d: Buffer) => {
    out += d.toString('latin1');
  });
  channel.stderr.on('data', (d: Buffer) => {
    err += d.toString();
  });
  channel.on('exit', (code: number) => {
    exit = code;
  });
  await new Promise((resolve) => channel.on('close', resolve));
  return { exit, out, err };
}
