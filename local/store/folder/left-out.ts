// What lies in a folder and is no object. Passing over it in silence would look like loss.

export type LeftOutReason =
  | 'name-not-utf8'
  | 'dangling-link'
  | 'link-cycle'
  | 'not-a-file'
  | 'unreadable'
  | 'path-too-long';

/** Called for what a listing passes over; once for each path and reason. */
export type OnLeftOut = (path: string, reason: LeftOutReason) => void;

export function once(onLeftOut: OnLeftOut | undefined): OnLeftOut {
  const told = new Set<string>();
  return (path, reason) => {
    if (onLeftOut === undefined || told.has(`${reason} ${path}`)) return;
    told.add(`${reason} ${path}`);
    onLeftOut(path, reason);
  };
}
