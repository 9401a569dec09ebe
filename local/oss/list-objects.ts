// ListObjects and ListObjectsV2: https://www.alibabacloud.com/help/en/oss/developer-reference/listobjectsv2

import type { StoredObject } from '../store/object-store.ts';
import { percentEncode } from './header-text.ts';
import { type ListPage, listPage } from './list-page.ts';
import { etagOf } from './object-headers.ts';
import { invalidArgument } from './oss-error.ts';
import { ACCOUNT_ID, wholeSeconds } from './oss-event.ts';
import { type Exchange, sendXml } from './oss-exchange.ts';
import { xmlDocument, xmlElement } from './oss-xml.ts';
import { restoreText } from './storage-state.ts';

const DEFAULT_MAX_KEYS = 100;
const MAX_MAX_KEYS = 1000;

export async function listObjects(exchange: Exchange): Promise<void> {
  const marker = exchange.query.get('marker') ?? '';
  const { page, encode, elements } = await listCommon(exchange, marker);
  elements.push(xmlElement('Marker', encode(marker)));
  if (page.nextAfter !== undefined) elements.push(xmlElement('NextMarker', encode(page.nextAfter)));
  sendListing({ exchange, page, encode, elements, hasOwner: true });
}

export async function listObjectsV2(exchange: Exchange): Promise<void> {
  const { query } = exchange;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const { page, encode, elements } = await listCommon(exchange, token === undefined ? startAfter : readToken(token));
  if (query.has('start-after')) elements.push(xmlElement('StartAfter', encode(startAfter)));
  if (token !== undefined) elements.push(xmlElement('ContinuationToken', encode(token)));
  elements.push(xmlElement('KeyCount', page.objects.length + page.commonPrefixes.length));
  if (page.nextAfter !== undefined) {
    elements.push(xmlElement('NextContinuationToken', encode(writeToken(page.nextAfter))));
  }
  sendListing({ exchange, page, encode, elements, hasOwner: query.get('fetch-owner') === 'true' });
}

type Encode = (text: string) => string;

async function listCommon(
  exchange: Exchange,
  after: string,
): Promise<{ page: ListPage; encode: Encode; elements: string[] }> {
  const { query, store } = exchange;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = readMaxKeys(query.get('max-keys'));
  const encode = readEncoding(exchange);
  const page = await listPage(store, { prefix, delimiter, after, limit });
  const elements = [
    xmlElement('Name', exchange.bucket),
    xmlElement('Prefix', encode(prefix)),
    xmlElement('MaxKeys', limit),
    xmlElement('Delimiter', encode(delimiter)),
    xmlElement('IsTruncated', String(page.nextAfter !== undefined)),
  ];
  if (query.has('encoding-type')) elements.push(xmlElement('EncodingType', 'url'));
  return { page, encode, elements };
}

function sendListing(options: {
  exchange: Exchange;
  page: ListPage;
  encode: Encode;
  elements: readonly string[];
  hasOwner: boolean;
}): void {
  const { exchange, page, encode, elements, hasOwner } = options;
  const now = exchange.now();
  const contents = page.objects.map(object => contentsXml({ object, encode, hasOwner, now }));
  const prefixes = page.commonPrefixes.map(
    prefix => `<CommonPrefixes>${xmlElement('Prefix', encode(prefix))}</CommonPrefixes>`,
  );
  sendXml(exchange, xmlDocument('ListBucketResult', [...elements, ...contents, ...prefixes].join('\n  ')));
}

function contentsXml(options: { object: StoredObject; encode: Encode; hasOwner: boolean; now: Date }): string {
  const { object, encode, hasOwner, now } = options;
  const restore = restoreText(object, now);
  const elements = [
    xmlElement('Key', encode(object.key)),
    xmlElement('LastModified', wholeSeconds(object.lastModified)),
    xmlElement('ETag', `"${etagOf(object)}"`),
    xmlElement('Type', object.attributes.type ?? 'Normal'),
    xmlElement('Size', object.sizeBytes),
    xmlElement('StorageClass', object.attributes['storage-class'] ?? 'Standard'),
  ];
  if (restore !== undefined) elements.push(xmlElement('RestoreInfo', restore));
  if (hasOwner) elements.push(`<Owner>${xmlElement('ID', ACCOUNT_ID)}${xmlElement('DisplayName', ACCOUNT_ID)}</Owner>`);
  return `<Contents>${elements.join('')}</Contents>`;
}

/** How names are written in the answer. Throws OssError 400 InvalidArgument. */
export function readEncoding(exchange: Exchange): Encode {
  const type = exchange.query.get('encoding-type');
  if (type === undefined) return text => text;
  if (type === 'url') return percentEncode;
  throw invalidArgument('encoding-type', type, 'Invalid Encoding Method specified in Request.');
}

function readMaxKeys(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_MAX_KEYS;
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= MAX_MAX_KEYS) return limit;
  throw invalidArgument('max-keys', text, 'max-keys must be an integer between 1 and 1000.');
}

// A token is opaque to clients: what the page ended with, disguised. The dashes at its end are how OSS pads its own.
function writeToken(after: string): string {
  return `${Buffer.from(`>${after}`, 'utf8').toString('base64url')}--`;
}

function readToken(token: string): string {
  const text = Buffer.from(token.replace(/--$/, ''), 'base64url').toString('utf8');
  if (text.startsWith('>') && writeToken(text.slice(1)) === token) return text.slice(1);
  throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect.');
}
