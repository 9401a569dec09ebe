// Response bodies: one chunk in memory, back-pressure kept. A store that fails, or gives fewer bytes than were promised, breaks the
// connection, so that a client never takes a short body for a whole one.

import type { ServerResponse } from 'node:http';

/** The response's head is set already, with a Content-Length of `sizeBytes`. Never throws: what is left to say is a broken connection. */
export async function sendBody(
  response: ServerResponse,
  { sizeBytes, body }: { sizeBytes: number; body: AsyncIterable<Uint8Array> },
): Promise<void> {
  let sentBytes = 0;
  try {
    let held: Uint8Array | undefined;
    for await (const chunk of body) {
      if (held !== undefined && !(await writeChunk(response, held))) return;
      held = chunk;
      sentBytes += chunk.length;
    }
    if (sentBytes !== sizeBytes) response.destroy();
    else if (held === undefined) response.end();
    else response.end(held);
  } catch (error) {
    // The head is on its way: a status can't be changed any more.
    response.destroy(error instanceof Error ? error : undefined);
  }
}

/** False when the client is gone. */
function writeChunk(response: ServerResponse, chunk: Uint8Array): boolean | Promise<boolean> {
  if (response.destroyed) return false;
  return response.write(chunk) || drained(response);
}

function drained(response: ServerResponse): Promise<boolean> {
  return new Promise(resolve => {
    const onDrain = () => settle(true);
    const onClose = () => settle(false);
    const settle = (isThere: boolean) => {
      response.off('drain', onDrain).off('close', onClose);
      resolve(isThere);
    };
    response.once('drain', onDrain).once('close', onClose);
  });
}
