// XML, both ways. What is written is built from nodes, so that no value can be forgotten to be escaped; what is read becomes plain
// values at once, so that no library type goes any further.

import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { S3Error } from './s3-error.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export type XmlValue = string | number | boolean;
/** An element: its name, and its text or its children. `undefined` and `false` among children are left out. */
export type XmlNode = readonly [name: string, content: XmlValue | readonly (XmlNode | undefined)[]];

/**
 * XML 1.0 cannot carry most control characters, U+FFFE and U+FFFF. S3 writes them as references all the same (`&#x1;`), which a
 * strict parser refuses: such keys need `encoding-type=url`.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html#object-key-xml-related-constraints
 */
function escapeXml(text: string): string {
  return text.replace(/[&<>"\u0000-\u001f\u007f\ufffe\uffff]/g, character => {
    if (character === '&') return '&amp;';
    if (character === '<') return '&lt;';
    if (character === '>') return '&gt;';
    if (character === '"') return '&quot;';
    return `&#x${character.charCodeAt(0).toString(16)};`;
  });
}

function writeNode([name, content]: XmlNode, attributes = ''): string {
  if (typeof content !== 'object') return `<${name}${attributes}>${escapeXml(String(content))}</${name}>`;
  return `<${name}${attributes}>${content.map(child => (child === undefined ? '' : writeNode(child))).join('')}</${name}>`;
}

/** A whole document. Errors carry no namespace, all else does. */
export function writeXml(root: XmlNode, options: { namespace?: boolean } = {}): string {
  const attributes = options.namespace === false ? '' : ` xmlns="${NAMESPACE}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${writeNode(root, attributes)}`;
}

/** An element that was read: its text, or its children by name in the order in which they came. */
export interface XmlElement {
  readonly text: string;
  readonly children: ReadonlyMap<string, readonly XmlElement[]>;
}

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  removeNSPrefix: true,
  htmlEntities: true,
  // Documents are at most 2 MiB and may not declare entities, so expanding them adds nothing.
  processEntities: {
    enabled: true,
    maxTotalExpansions: Number.MAX_SAFE_INTEGER,
    maxExpandedLength: Number.MAX_SAFE_INTEGER,
  },
});

function toElement(value: unknown): XmlElement {
  if (typeof value !== 'object' || value === null) return { text: String(value ?? ''), children: new Map() };
  const children = new Map<string, XmlElement[]>();
  let text = '';
  for (const [name, child] of Object.entries(value)) {
    if (name === '#text') text = String(child);
    else children.set(name, (Array.isArray(child) ? child : [child]).map(toElement));
  }
  return { text, children };
}

/** Throws MalformedXML when it isn't XML with that root. */
export function readXml(source: string, rootName: string): XmlElement {
  if (source.includes('<!DOCTYPE') || XMLValidator.validate(source) !== true) throw new S3Error('MalformedXML');
  const root = toElement(parser.parse(source)).children.get(rootName)?.[0];
  if (root === undefined) throw new S3Error('MalformedXML');
  return root;
}

export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.get(name)?.[0]?.text;
}
