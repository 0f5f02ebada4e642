/**
 * A login in one round trip where ssh2 takes three: the key is offered with its signature at once, behind the request for the login service.
 *
 * In: a client that has begun to connect, and whether the first key may be sent with the request. Which keys are offered, to whom and in which order, is not touched.
 * What allows it: RFC 4252 section 7 (a signature needs no question before it) and RFC 4253 section 10 (only where the key exchange does not prove the host must a client
 * wait for the answer to its request; all of ours prove it). Why by methods of ssh2's protocol object: it has no option for it. Where they are missing, all is as before;
 * test/unit/ssh/short-login.test.ts says so when an update of ssh2 changes them.
 */
import type { Client, ParsedKey } from 'ssh2';

type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;

/** What of ssh2's protocol object is used here. */
interface Inside {
  authPK?: (user: string, key: unknown, algorithm?: string, sign?: Sign) => void;
  service?: (name: string) => void;
  readonly _handlers?: { SERVICE_ACCEPT?: (protocol: unknown, name: string) => void };
}

/** Not RSA: which hash a server takes is found by asking. Not a key of an agent: it may want a person's touch, which is worth a question first. */
const AT_ONCE = /^(?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521))$/;

export const signsAtOnce = (key: unknown): key is ParsedKey =>
  typeof key === 'object' && key !== null && 'isPrivateKey' in key && (key as ParsedKey).isPrivateKey() && AT_ONCE.test((key as ParsedKey).type);

function signFirst(protocol: Inside): void {
  const ask = protocol.authPK?.bind(protocol);
  if (ask === undefined) return;
  protocol.authPK = (user, key, algorithm, sign) => {
    if (sign !== undefined || !signsAtOnce(key)) return ask(user, key, algorithm, sign);
    ask(user, key, algorithm, (data, done) => {
      const signature: unknown = key.sign(data);
      // As without this file: the question is asked, and what is wrong with the key is told when its turn to sign has come.
      if (signature instanceof Error) ask(user, key, algorithm);
      else done(signature as Buffer);
    });
  };
}

/** The host's answer to the request is taken as given, and passed over when it comes; a host that says no ends the connection. */
function loginAtOnce(protocol: Inside): void {
  const request = protocol.service?.bind(protocol);
  const handlers = protocol._handlers;
  const begin = handlers?.SERVICE_ACCEPT;
  if (request === undefined || handlers === undefined || begin === undefined) return;
  protocol.service = (name) => {
    request(name);
    handlers.SERVICE_ACCEPT = () => undefined;
    begin(protocol, name);
  };
}

/** @param atOnce - The first key to be offered is one that signs at once: nothing that the host says meanwhile could change how. */
export function shortLogin(client: Client, atOnce: boolean): void {
  const { _protocol: protocol } = client as unknown as { readonly _protocol?: Inside };
  if (protocol === undefined) return;
  signFirst(protocol);
  if (atOnce) loginAtOnce(protocol);
}
