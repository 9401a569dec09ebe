// Which OSS events leave an object behind that can be read and may have changed. The others that `oss:ObjectCreated:*` also matches
// (InitiateMultipartUpload, UploadPart, UploadPartCopy) name keys at which nothing new is readable yet:
// https://www.alibabacloud.com/help/en/functioncompute/what-to-do-if-a-function-is-triggered-multiple-times-upon-object-uploads
// s.yaml's trigger subscribes to exactly FORWARDED_EVENTS; a test compares the two.

export const FORWARDED_EVENTS = [
  'ObjectCreated:PutObject',
  'ObjectCreated:PostObject',
  'ObjectCreated:CopyObject',
  'ObjectCreated:AppendObject',
  'ObjectCreated:CompleteMultipartUpload',
  'ObjectModified:UpdateObjectMeta',
] as const;

/** Forwarded only when links are followed (FOLLOW_SYMLINKS). */
export const SYMLINK_EVENT = 'ObjectCreated:PutSymlink';

const forwarded: ReadonlySet<string> = new Set(FORWARDED_EVENTS);

/** Whether an event of this name, without `oss:`, is news for the worker. */
export function isForwarded(eventName: string, options: { readonly followSymlinks: boolean }): boolean {
  return forwarded.has(eventName) || (options.followSymlinks && eventName === SYMLINK_EVENT);
}
