import { expect, test } from 'vitest';
import { parseTags } from '../../../../aws-worker/storage/oss-tags.ts';

const tagging = (inner: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Tagging>\n  <TagSet>${inner}</TagSet>\n</Tagging>`;
const tag = (key: string, value: string) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`;

test.each([
  ['none', tagging(''), {}],
  ['none, written shorter', '<Tagging><TagSet/></Tagging>', {}],
  ['one', tagging(tag('a', '1')), { a: '1' }],
  ['several', tagging(`\n ${tag('a', '1')}\n ${tag('b', '2')}\n`), { a: '1', b: '2' }],
  ['an empty value', tagging('<Tag><Key>a</Key><Value/></Tag>'), { a: '' }],
  ['numbers, kept as they are written', tagging(tag('01', '1.0')), { '01': '1.0' }],
  ['escapes and spaces', tagging(tag('a+b = c', ' &lt;&amp;中 ')), { 'a+b = c': ' <&中 ' }],
])('reads %s', (_name, xml, expected) => expect(parseTags('k', xml)).toEqual(expected));

test.each([
  ['HTML', '<html></html>'],
  ['a document cut short', tagging(tag('a', '1')).slice(0, 80)],
  ['a document with entities of its own', `<!DOCTYPE x [<!ENTITY a "b">]>${tagging(tag('a', '&a;'))}`],
  ['nothing', ''],
  ['a tag without a key', tagging('<Tag><Value>1</Value></Tag>')],
])('refuses %s', (_name, xml) => {
  expect(() => parseTags('k', xml)).toThrow(expect.objectContaining({ kind: 'retryable', code: 'source-bad-answer' }));
});
