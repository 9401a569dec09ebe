import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { attributesSizeBytes, md5OfAttributes, selectAttributes } from '../../../../local/sqs/message-attributes.ts';

const attributes = {
  b: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]).toString('base64') },
  'a.x': { DataType: 'String', StringValue: 'ü' },
};

test('the digest is over names, types, kinds and values with their lengths, by name', () => {
  const bytes = Buffer.from(
    '\0\0\0\u0003a.x\0\0\0\u0006String\u0001\0\0\0\u0002ü\0\0\0\u0001b\0\0\0\u0006Binary\u0002\0\0\0\u0002\u0001\u0002',
  );
  expect(md5OfAttributes(attributes)).toBe(createHash('md5').update(bytes).digest('hex'));
  expect(md5OfAttributes({})).toBeUndefined();
});

test('names, types and values weigh', () => {
  expect(attributesSizeBytes(attributes)).toBe(1 + 6 + 2 + (3 + 6 + 2));
});

test.each<[wanted: string[], names: string[]]>([
  [[], []],
  [['All'], ['b', 'a.x']],
  [['.*'], ['b', 'a.x']],
  [['b'], ['b']],
  [['a.*'], ['a.x']],
  [['c'], []],
])('%j selects %j', (wanted, names) => {
  expect(Object.keys(selectAttributes(attributes, wanted))).toEqual(names);
});
