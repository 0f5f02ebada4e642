/**
 * Every error code, what it means and which exit status it gives. Codes are permanent and never reused.
 * `docs/errors.md` is made from this table.
 */

interface Entry {
  readonly exit: 1 | 4 | 64 | 65;
  /** When it is given. */
  readonly when: string;
  /** What to do. */
  readonly next: string;
}

const entry = (exit: Entry['exit'], when: string, next: string): Entry => ({ exit, when, next });

export const CATALOGUE = {
  // usage
  USAGE: entry(64, 'The command line is not understood.', 'Run: provision --help'),
  NOT_CONFIRMED: entry(64, 'There is no terminal to ask on and --yes was not given.', 'Look at the plan, then run again with --yes.'),
  NAME_UNKNOWN: entry(64, 'No host, link or run of that name is known.', 'Take one of the names listed.'),
  // inventory and playbooks
  INVENTORY_READ: entry(65, 'The inventory file or folder cannot be read.', 'Give another with --inventory PATH, or make one with: provision init'),
  INVENTORY_SYNTAX: entry(65, 'The file is not valid YAML.', 'Mend the line shown.'),
  INVENTORY_KEY: entry(65, 'A key is unknown, missing or given twice.', 'Write the key suggested.'),
  INVENTORY_VALUE: entry(65, 'A value has the wrong form.', 'Write what is suggested.'),
  INVENTORY_EDIT: entry(1, 'The inventory file cannot be changed without changing more than was asked for.', 'Write the values shown by hand.'),
  POOL_FULL: entry(1, 'The pool has no free subnet left.', 'Take another pool with --pool, or add one.'),
  INVENTORY_CONFLICT: entry(65, 'Two places of the inventory contradict each other.', 'Change one of the two places named.'),
  INVENTORY_SECRET: entry(
    65,
    'The inventory holds what looks like a password or a private key.',
    'Take it out of the file and of its history, change the secret, and name a key file, the agent, or a command that prints it.',
  ),
  PLAYBOOK_INVALID: entry(65, 'A playbook does not follow the schema.', 'Mend the line shown; see docs/playbooks.md.'),
  PLAYBOOK_SHADOW: entry(65, 'A playbook of yours has the name of a built-in one.', 'Give it another name, or --trust-playbooks.'),
  TWIN_UNKNOWN: entry(65, 'No simulated host of that system and release exists.', 'Take one of those listed by: provision twin list'),
  // ssh
  SSH_CONFIG: entry(65, 'A directive of ssh_config matters here and cannot be honoured.', 'Set the ssh: values of this host in the inventory.'),
  HOST_DOWN: entry(1, 'The host does not answer on its SSH port.', 'Check address, port and firewall; try: ssh HOST'),
  HOST_NAME: entry(1, 'The name of the host cannot be resolved.', 'Give ssh.host or address in the inventory.'),
  HOST_KEY_UNKNOWN: entry(1, 'The host key is in no known_hosts file.', 'Compare the fingerprint with the host, then run again with --accept-new.'),
  HOST_KEY_CHANGED: entry(
    1,
    'The host shows another key than the one known. It may be an attack.',
    'Find out why; then remove the old line from known_hosts.',
  ),
  SSH_AUTH: entry(1, 'The host took none of the keys.', 'Put the public key into authorized_keys, or name the right one with ssh.identity.'),
  SSH_KEY: entry(1, 'A private key cannot be read or is encrypted and not in the agent.', 'Run: ssh-add KEY'),
  SSH_ALGORITHM: entry(1, 'Host and controller have no algorithm in common.', 'For a host as old as the guide set ssh: { legacy: true }.'),
  SSH_LOST: entry(4, 'The connection was lost half-way.', 'Run: provision status LINK, then link again.'),
  SSH_SHELL: entry(1, 'The host did not start /bin/sh for us.', 'Try: ssh HOST /bin/sh'),
  HOST_THEIRS: entry(
    1,
    'The host is another operator’s (theirs: true in the inventory), so it is not dialled.',
    'Ask its operator; your own end of a link is set up with: provision link LINK --end mine',
  ),
  // privilege
  NOT_ROOT: entry(1, 'The account on the host is not root and become is not set.', 'Set ssh: { become: sudo } or log in as root.'),
  SUDO_PASSWORD: entry(1, 'sudo or doas asks for a password.', 'Add the line shown to sudoers or doas.conf.'),
  SUDO_TTY: entry(1, 'sudo wants a terminal (requiretty).', 'Add the line shown to sudoers.'),
  SUDO_RULE: entry(1, 'sudo or doas has no rule for this user.', 'Add the line shown to sudoers or doas.conf.'),
  SUDO_MISSING: entry(1, 'sudo or doas is not on the host.', 'Install it, use the other one, or log in as root.'),
  // survey
  SYSTEM_UNKNOWN: entry(1, 'No playbook fits this system and release.', 'See docs/playbooks.md: a new system is one YAML file.'),
  PLAYBOOK_AMBIGUOUS: entry(1, 'Two playbooks fit equally well.', 'Make the match of one narrower.'),
  DRIVER_MISSING: entry(
    1,
    'The kernel has no driver for this kind of tunnel and no module can be loaded.',
    'Build the kernel with it, or install the module.',
  ),
  COMMAND_MISSING: entry(1, 'A command that the playbook needs is not on the host.', 'Install it, or use another host.'),
  ROUTING_DAEMON_MISSING: entry(
    1,
    'The link asks for OSPF or BGP, and no routing daemon that is known answers on the host.',
    'Install and start one, or take ospf: and bgp: out of the link; docs/routing.md lists those that are known.',
  ),
  ROUTING_DAEMON_UNCLEAR: entry(1, 'Several routing daemons of the host could do what the link asks for.', 'Name one with routing: at the host.'),
  ROUTING_REFUSED: entry(1, 'What the routing daemon has already does not go with the link.', 'Do what is said, then run again.'),
  FACT_UNKNOWN: entry(1, 'A value could not be read, so nothing is planned.', 'See the output shown; run with --verbose.'),
  FACTS_MISSING: entry(
    1,
    'A plan was asked for with --offline, and the recorded facts of a host are not there or do not answer it.',
    'Where the host can be reached, run: provision facts HOST --save',
  ),
  FACTS_INVALID: entry(
    65,
    'A file of recorded facts is not valid, of another version, or of another host or system.',
    'Where the host can be reached, run: provision facts HOST --save',
  ),
  INTERFACE_IN_USE: entry(1, 'The interface is there and serves something else.', 'Take another interface name, or remove what is there.'),
  ADDRESS_IN_USE: entry(1, 'An inner address is already on another interface of the host.', 'Take another subnet, or remove the address there.'),
  BOOT_MANAGER_UNKNOWN: entry(1, 'It is not clear what configures the network of this host at boot.', 'See the evidence shown.'),
  BOOT_FILE_FOREIGN: entry(1, 'A boot file that we would write is there and was not written by us.', 'Move it away, or take another interface name.'),
  MTU_IMPOSSIBLE: entry(1, 'The MTU asked for is more than one of the ends can do.', 'Write mtu: auto, or a smaller number.'),
  MSS_IMPOSSIBLE: entry(1, 'Neither end can clamp the MSS of TCP.', 'Take the line mss: true away, or do what the reason names on one of the ends.'),
  CARRIER_IMPOSSIBLE: entry(1, 'An end cannot do GRE in UDP, or not with the other one.', 'Take the line encap: udp away.'),
  ADDRESS_UNKNOWN: entry(
    1,
    'The present address of a dynamic host is not known.',
    'Give it with: provision repoint LINK --end HOST --address ADDRESS',
  ),
  // two operators
  OFFER_INVALID: entry(
    65,
    'A file is no signed half of a table, or not one of a form that is known here.',
    'Ask for the file as provision offer has written it.',
  ),
  OFFER_SIGNATURE: entry(1, 'The signature of an offer or answer does not fit its text.', 'Ask for the file again; compare how it was sent.'),
  OFFER_SIGNER: entry(
    1,
    'The key that has signed an offer or answer is not allowed to.',
    'Compare the fingerprint with the other operator by another way than the one the file came by.',
  ),
  OFFER_OWN: entry(1, 'An offer or answer was signed by your own key.', 'Send it to the other operator; they accept it.'),
  OFFER_EXPIRED: entry(1, 'An offer, or what an answer belongs to, is not of this time any more.', 'Ask for a new one.'),
  OFFER_OLD: entry(1, 'An offer or answer was taken before, is older than one that was, or answers nothing that is open.', 'Ask for a new one.'),
  OFFER_CROSSED: entry(1, 'Both operators have offered the same link to each other.', 'The older offer is kept; see docs/two-operators.md.'),
  OFFER_DIFFERS: entry(
    1,
    'An offer or answer says something else than what is known here.',
    'Agree on one of the two, change it there, and offer again.',
  ),
  OFFER_UNFIT: entry(1, 'The link of an offer does not fit the inventory.', 'Agree on other values with the other operator.'),
  OFFER_STATE: entry(1, 'What is remembered of the offers of a link cannot be read.', 'Mend the file named.'),
  // adopt and import
  ADOPT_UNFIT: entry(1, 'What stands on the interface is no tunnel that a link can describe.', 'See the reason shown.'),
  ADOPT_DIFFERS: entry(
    1,
    'The tunnel that was found does not fit the inventory, or its two ends do not fit each other.',
    'Mend the inventory or the end that is wrong, then adopt again.',
  ),
  IMPORT_READ: entry(65, 'The file to import cannot be read.', 'Give another file.'),
  IMPORT_SYNTAX: entry(65, 'The file to import is not in the form that was named.', 'Mend the line shown, or import it as what it is.'),
  // updater
  UPDATER_SETTINGS: entry(
    65,
    'The settings of an updater (updater.json) are not there, are not valid, or others than root may change them.',
    'Run on the controller: provision updater install LINK',
  ),
  UPDATER_REFUSED: entry(1, 'The other end did not take the new address, or gave no answer that is one.', 'See the reason shown; it is asked again.'),
  ADDRESS_STALE: entry(
    1,
    'An updater has announced another address than the one this run knows.',
    'Run: provision repoint LINK --end HOST --address ADDRESS',
  ),
  // apply
  LINK_NOT_READY: entry(1, 'The link is not as wanted yet, so nothing can be built on it.', 'Run: provision link LINK'),
  ONE_WAY: entry(
    1,
    'The plan has a step that nothing takes back should the run fail, and --one-way was not given.',
    'Look at the marked steps of the plan, then run again with --one-way.',
  ),
  ROLLBACK_IMPOSSIBLE: entry(1, 'There is no run to go back from, or its journal does not tell how.', 'Look at: provision history LINK'),
  GUARD_REFUSED: entry(1, 'The undo by itself could not be set up on a host, so nothing was changed.', 'See the reason shown.'),
  LOCKED: entry(1, 'Another run is at work on this link.', 'Wait until it is over; its guard ends at the time named. Then look at the plan again.'),
  OVERTAKEN: entry(
    1,
    'A host is not as it was when the plan was made: another run or a person has been there.',
    'Look at the plan again, then run again.',
  ),
  GUARD_FIRED: entry(
    4,
    'The run took longer than its guard, and a host has gone back by itself.',
    'Run again with a longer --guard, or find out what took so long.',
  ),
  MODULE_REFUSED: entry(4, 'The kernel refused to load the driver.', 'See the output of the host; securelevel or a container may forbid it.'),
  STEP_FAILED: entry(4, 'A command failed on the host.', 'See the output of the host.'),
  STEP_UNPROVEN: entry(4, 'A command said it succeeded, and reading back shows that it did not.', 'See what was read back.'),
  DISK_FULL: entry(4, 'A file could not be written: no space left.', 'Make room on the host, then run link again.'),
  FILE_REFUSED: entry(4, 'A file could not be written.', 'See the reason shown.'),
  // verify
  NEIGHBOUR_DOWN: entry(
    1,
    'Packets cross the tunnel, and the routing daemons of its ends do not become neighbours over it.',
    'See what each end shows; run: provision diagnose LINK',
  ),
  NEIGHBOUR_LOST: entry(1, 'A routing neighbour that was up before the change, not over this link, is gone.', 'Look at the log of the daemon.'),
  PEER_UNREACHABLE: entry(4, 'The tunnel stands on both ends and no ping crosses it.', 'See the counters and the evidence shown.'),
  PROTOCOL_FILTERED: entry(4, 'Packets of protocol 47 leave one end and do not arrive at the other.', 'Allow IP protocol 47 (GRE) on the way named.'),
  REBOOT_REFUSED: entry(1, 'The host was not rebooted.', 'See the reason shown.'),
  REBOOT_LOST: entry(4, 'The host was told to reboot and does not let us in any more.', 'Look at the host by its console.'),
  CONFIRM_FAILED: entry(4, 'A new SSH connection could not be opened after the change.', 'Look at the host by its console.'),
  // our own
  INTERRUPTED: entry(4, 'Stopped by the user.', 'Run: provision status LINK'),
  BUG: entry(4, 'Something happened that should not: a bug in provision.', 'Please report it with the log file named.'),
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof CATALOGUE;
