// Symlinks: an object of no bytes that names another of the same bucket, which may not exist.
// https://www.alibabacloud.com/help/en/oss/developer-reference/putsymlink

import { createHash } from 'node:crypto';
import { requireObject } from './get-object.ts';
import { percentDecode, percentEncode } from './header-text.ts';
import { etagOf, readDetails } from './object-headers.ts';
import { invalidArgument, OssError } from './oss-error.ts';
import { createdChange } from './oss-event.ts';
import { type Exchange, header, sendEmpty } from './oss-exchange.ts';
import { Before } from './put-object.ts';
import { isObjectName } from './request-address.ts';

export async function putSymlink(exchange: Exchange): Promise<void> {
  const text = header(exchange, 'x-oss-symlink-target') ?? '';
  const target = percentDecode(text) ?? '';
  if (target === '' || !isObjectName(target)) {
    throw invalidArgument('x-oss-symlink-target', text, 'The symlink target is not valid.');
  }
  const details = readDetails(exchange.request.headers);
  const attributes = { ...details.attributes, type: 'Symlink', 'symlink-target': target };
  const etag = createHash('md5').update(target).digest('hex').toUpperCase();
  const before = new Before(exchange);
  const object = await exchange.store.commit(exchange.key, [], { ...details, etag, attributes }, before.accept);
  exchange.fire(createdChange({ eventName: 'ObjectCreated:PutSymlink', object, sizeBefore: before.sizeBytes }));
  sendEmpty(exchange, 200, { ETag: `"${etag}"` });
}

/** Throws OssError 400 NotSymlink for any other object. */
export async function getSymlink(exchange: Exchange): Promise<void> {
  const object = await requireObject(exchange.store, exchange.key);
  const target = object.attributes['symlink-target'];
  if (target === undefined) {
    const message = 'The object is not a symbolic link.';
    throw new OssError({ status: 400, code: 'NotSymlink', message, elements: { Key: exchange.key } });
  }
  sendEmpty(exchange, 200, {
    ETag: `"${etagOf(object)}"`,
    'Last-Modified': object.lastModified.toUTCString(),
    'x-oss-symlink-target': percentEncode(target),
  });
}
