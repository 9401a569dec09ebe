// XML as OSS writes and reads it. Control characters in keys go out as they are, as in life: they make the document unreadable,
// and that is why a lister asks for `encoding-type=url`.

import { XMLParser, XMLValidator } from 'fast-xml-parser';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: true,
  htmlEntities: true,
});

export function xmlText(text: string): string {
  return text.replace(/[&<>]/g, character => ESCAPES[character] ?? character);
}

export function xmlElement(name: string, text: string | number): string {
  return `<${name}>${xmlText(String(text))}</${name}>`;
}

export function xmlDocument(root: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>\n  ${content}\n</${root}>\n`;
}

/** A parsed element: its children by name. */
export type XmlNode = Readonly<Record<string, unknown>>;

/** The element `root` of the document, or undefined when it is not well-formed or another root. */
export function parseXml(text: string, root: string): XmlNode | undefined {
  if (XMLValidator.validate(text) !== true) return undefined;
  const document: unknown = parser.parse(text);
  if (!isNode(document)) return undefined;
  const element = document[root];
  // An element without children is parsed as its text.
  return isNode(element) ? element : typeof element === 'string' ? {} : undefined;
}

export function childrenOf(node: XmlNode | undefined, name: string): XmlNode[] {
  const value = node?.[name];
  return (Array.isArray(value) ? value : [value]).filter(isNode);
}

export function textOf(node: XmlNode | undefined, name: string): string | undefined {
  const value = node?.[name];
  return typeof value === 'string' ? value : undefined;
}

function isNode(value: unknown): value is XmlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
