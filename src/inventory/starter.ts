/**
 * The starter inventory of `provision init`: a file that is valid as it stands and says in comments what to change.
 */

/** Text of a commented inventory (YAML). Its addresses are those reserved for documentation. */
export function starterInventory(): string {
  return STARTER;
}

const STARTER = `# yaml-language-server: $schema=./inventory.schema.json
#
# Two machines and one tunnel. Change the values, then look at what would be done, which changes nothing:
#   provision check          is this file right?
#   provision link --dry-run left-right

# Ranges that you take inner addresses from. With \`pool:\` and no \`subnet:\` under a link, \`provision check\` says which /30 is free.
pools:
  tunnels: 10.1.12.0/24

# What holds for every host that does not say otherwise. What is absent here comes from ~/.ssh/config and the agent.
defaults:
  ssh: { user: root }
  # mtu: auto              # what both ends can do, or a number of bytes
  # ttl: 64                # TTL of the outer packets

hosts:
  left:
    hostname: left.example.net # a label for people
    address: 203.0.113.7 # the public address
    # ssh:                 # only where it differs from ~/.ssh/config
    #   host: 203.0.113.7
    #   port: 22
    #   user: admin
    #   become: sudo       # none, sudo or doas
    #   identity: ~/.ssh/id_ed25519
    #   passphrase: { command: [pass, show, ssh/lab] } # of an encrypted key; a secret itself is refused here
    #   jump: gate.example.net
    #   legacy: true       # for a host as old as 2002
  right:
    hostname: right.example.net
    address: 198.51.100.9
    # address: dynamic                                       # it changes
    # address: { dynamic: tun0 }                             # it changes, and is on this interface
    # address: { inside: 192.168.1.2, outside: 198.51.100.9 } # behind a NAT gateway
    # announces: [192.0.2.0/24] # networks behind it, where it announces them over its links: checked for overlaps
    # twin: SYSTEM RELEASE # simulate this system instead of dialling anything; provision twin list names them

links:
  left-right:
    kind: gre
    subnet: 10.1.12.36/30 # four addresses: the network, the two ends, the broadcast address
    ends:
      left: { inner: 10.1.12.37, interface: gre1 }
      right: { inner: 10.1.12.38, interface: gre1 }
    # mtu: 1476
    # loopback_route: true # route the own inner address to 127.0.0.1, where a system needs it
`;
