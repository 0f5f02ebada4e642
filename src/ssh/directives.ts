/**
 * What becomes of each directive of ssh_config: honoured, harmless here, or an error because it matters and cannot be honoured.
 *
 * Nothing that changes who is dialled, as whom, through what, with which key, or what counts as the right host key is passed over.
 * Source: ssh_config(5) of OpenSSH 9.2 to 10.
 */

/** Read by target.ts. */
export const HONOURED: ReadonlySet<string> = new Set([
  'hostname',
  'user',
  'port',
  'identityfile',
  'identitiesonly',
  'identityagent',
  'proxyjump',
  'stricthostkeychecking',
  'userknownhostsfile',
  'globalknownhostsfile',
  'hostkeyalias',
  'hashknownhosts',
  'connecttimeout',
  'serveraliveinterval',
  'serveralivecountmax',
  'addressfamily',
  'bindaddress',
  'kexalgorithms',
  'hostkeyalgorithms',
  'ciphers',
  'macs',
  'pubkeyacceptedalgorithms',
  'ignoreunknown',
]);

/** Old names of directives. */
export const ALIASES: Readonly<Record<string, string>> = {
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
  globalknownhostsfile2: 'globalknownhostsfile',
  userknownhostsfile2: 'userknownhostsfile',
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  smartcarddevice: 'pkcs11provider',
};

interface Refusal {
  /** Values (lower case) that change nothing. */
  readonly neutral: readonly string[];
  readonly why: string;
  /** The inventory key under ssh: that takes the place of the directive. */
  readonly unless?: 'jump' | 'identity' | 'hostKeys';
}

/** Matters and cannot be honoured, unless the value is neutral. */
export const REFUSED: Readonly<Record<string, Refusal>> = {
  proxycommand: { neutral: ['none'], why: 'provision runs no local command to reach a host; ProxyJump is understood', unless: 'jump' },
  proxyusefdpass: { neutral: ['no'], why: 'provision runs no local command to reach a host', unless: 'jump' },
  pkcs11provider: { neutral: ['none'], why: 'keys on PKCS#11 tokens are reached through ssh-agent only', unless: 'identity' },
  certificatefile: { neutral: ['none'], why: 'user certificates are not supported', unless: 'identity' },
  knownhostscommand: { neutral: ['none'], why: 'provision runs no local command to learn host keys', unless: 'hostKeys' },
  revokedhostkeys: { neutral: ['none'], why: 'lists of revoked keys are understood in known_hosts only (@revoked)', unless: 'hostKeys' },
  bindinterface: { neutral: ['none'], why: 'a connection cannot be bound to an interface, only to an address (BindAddress)' },
  canonicalizehostname: { neutral: ['no', 'none'], why: 'names are not canonicalized' },
  permitlocalcommand: { neutral: ['no'], why: 'provision runs no local command' },
  remotecommand: { neutral: ['none'], why: 'provision needs /bin/sh on the host' },
  sessiontype: { neutral: ['default'], why: 'provision needs /bin/sh on the host' },
  pubkeyauthentication: { neutral: ['yes', 'true', 'unbound', 'host-bound'], why: 'provision logs in with keys only' },
  protocol: { neutral: ['2', '2,1'], why: 'only SSH protocol 2 is spoken' },
};

/** Changes nothing for one shell without a terminal, without forwarding, with keys only. */
export const HARMLESS: ReadonlySet<string> = new Set(
  `addkeystoagent batchmode canonicaldomains canonicalizefallbacklocal canonicalizemaxdots canonicalizepermittedcnames
  casignaturealgorithms channeltimeout checkhostip clearallforwardings compression compressionlevel connectionattempts controlmaster
  controlpath controlpersist dsaauthentication dynamicforward enableescapecommandline enablesshkeysign escapechar exitonforwardfailure
  fingerprinthash forkafterauthentication forwardagent forwardx11 forwardx11timeout forwardx11trusted gatewayports
  gssapiauthentication gssapiclientidentity gssapidelegatecredentials gssapikexalgorithms gssapikeyexchange gssapirenewalforcesrekey
  gssapiserveridentity gssapitrustdns hostbasedacceptedalgorithms hostbasedauthentication hostbasedkeytypes ipqos
  kbdinteractiveauthentication kbdinteractivedevices localcommand localforward loglevel logverbose nohostauthenticationforlocalhost
  numberofpasswordprompts obscurekeystroketiming passwordauthentication permitremoteopen preferredauthentications rekeylimit
  remoteforward requesttty requiredrsasize rhostsrsaauthentication rsaauthentication securitykeyprovider sendenv setenv stdinnull
  streamlocalbindmask streamlocalbindunlink syslogfacility tag tcpkeepalive tunnel tunneldevice updatehostkeys useprivilegedport
  userroaming verifyhostkeydns visualhostkey warnweakcrypto versionaddendum xauthlocation`.split(/\s+/),
);
