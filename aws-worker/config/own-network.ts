// Hosts that a request reaches without leaving the machine or its private network, where plain HTTP gives nothing away.

import { BlockList, isIP } from 'node:net';

const OWN = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  // Link-local, which metadata services use.
  ['169.254.0.0', 16],
  // Alibaba Cloud's metadata service: https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
  ['100.100.100.200', 32],
] as const) {
  OWN.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  OWN.addSubnet(network, bits, 'ipv6');
}
/** `.internal` is reserved for it (ICANN, 2024), `.local` by RFC 6762; Kubernetes' services end with the latter. */
const OWN_NAME = /^([^.]+|.+\.(internal|local))$/;

/** `hostname` as a URL has it: IPv6 in brackets. */
export function isOfOwnNetwork(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(address);
  return version === 0 ? OWN_NAME.test(address) : OWN.check(address, version === 6 ? 'ipv6' : 'ipv4');
}
