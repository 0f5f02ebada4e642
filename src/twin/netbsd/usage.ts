/** Usage texts of ifconfig. The modern one is recorded (netbsd-transcripts, U1); the one of 1.x is shortened from memory of that time. */

const MODERN = [
  'usage: ifconfig [-h] [-m] [-v] [-z] [-L] interface',
  '\t[ af [ address [ dest_addr ] ] [ netmask mask ] [ prefixlen n ]',
  '\t\t[ alias | -alias ] ]',
  '\t[ up ] [ down ] [ metric n ] [ mtu n ]',
  '\t[ advbase n ] [ advskew n ] [ carpdev iface ] [ pass passphrase ] [ state state ] [ vhid n ]',
  '\t[ anycast | -anycast ] [ deprecated | -deprecated ]',
  '\t[ pltime n ] [ vltime n ] [ eui64 ]',
  '\t[ agrport i ] [ -agrport i ]',
  '\t[ nwid network_id ] [ nwkey network_key | -nwkey ]',
  '\t[ list scan ]',
  '\t[ powersave | -powersave ] [ powersavesleep duration ]',
  '\t[ hidessid | -hidessid ] [ apbridge | -apbridge ]',
  '\t[ media type ] [ mediaopt opts ] [ -mediaopt opts ] [ instance minst ]',
  '\t[ [ af ] tunnel src_addr dest_addr ] [ deletetunnel ]',
  '\t[ vlan n vlanif i ] [ -vlanif i ]',
  '\t[ maxupd n ] [ syncdev iface ] [syncpeer peer_addr]',
  '\t[ arp | -arp ]',
  '\t[ preference n ]',
  '\t[ link0 | -link0 ] [ link1 | -link1 ] [ link2 | -link2 ]',
  '       ifconfig -a [-b] [-d] [-h] [-m] [-u] [-v] [-z] [ af ]',
  '       ifconfig -l [-b] [-d] [-s] [-u]',
  '       ifconfig -C',
  '       ifconfig -w n',
  '       ifconfig interface create',
  '       ifconfig interface destroy',
];

const OLD = [
  'usage: ifconfig [ -m ] [ -v ] interface',
  '\t[ af [ address [ dest_addr ] ] [ up ] [ down ] [ netmask mask ] ]',
  '\t[ metric n ] [ mtu n ] [ arp | -arp ]',
  '\t[ link0 | -link0 ] [ link1 | -link1 ] [ link2 | -link2 ]',
  '       ifconfig -a [ -m ] [ -d ] [ -u ] [ af ]',
  '       ifconfig -l [ -d ] [ -u ]',
];

/** @param modern - From 5.0 on. */
export const usage = (modern: boolean): string => `${(modern ? MODERN : OLD).join('\n')}\n`;
