import { expect, test } from 'vitest';
import { isOfOwnNetwork } from '../../../../aws-worker/config/own-network.ts';

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['[::1]', true],
  ['10.1.2.3', true],
  ['172.16.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['169.254.170.2', true],
  ['100.100.100.200', true],
  ['100.100.100.201', false],
  ['[fd00::1]', true],
  ['[fe80::1]', true],
  ['[2001:db8::1]', false],
  ['credentials', true],
  ['keys.bridge.svc.cluster.local', true],
  ['keys.corp.internal', true],
  ['keys.example.com', false],
  ['internal.example.com', false],
  ['8.8.8.8', false],
])('%s is of the own network: %s', (hostname, expected) => {
  const url = new URL(`http://${hostname}/`);
  expect(isOfOwnNetwork(url.hostname)).toBe(expected);
});
