// The page: a handful of known files, read once. No path of a request ever reaches the file system.

import { readFile } from 'node:fs/promises';
import { BridgeError } from '../../../shared/bridge-error.ts';
import { PAGE_CONTENT_SECURITY_POLICY } from '../security-headers.ts';
import type { App } from '../typed-app.ts';

const FILES = [
  { name: 'index.html', url: '/', type: 'text/html; charset=utf-8' },
  { name: 'dashboard.css', url: '/dashboard.css', type: 'text/css; charset=utf-8' },
  { name: 'dashboard.js', url: '/dashboard.js', type: 'text/javascript; charset=utf-8' },
  { name: 'api.js', url: '/api.js', type: 'text/javascript; charset=utf-8' },
  { name: 'backfill-card.js', url: '/backfill-card.js', type: 'text/javascript; charset=utf-8' },
  { name: 'elements.js', url: '/elements.js', type: 'text/javascript; charset=utf-8' },
  { name: 'failure-list.js', url: '/failure-list.js', type: 'text/javascript; charset=utf-8' },
  { name: 'format.js', url: '/format.js', type: 'text/javascript; charset=utf-8' },
] as const;

/** @throws BridgeError permanent `dashboard-missing` */
export async function addPageRoutes(app: App, folder: URL): Promise<void> {
  for (const { name, url, type } of FILES) {
    const content = await readPageFile(new URL(name, folder));
    app.get(url, { config: { isPublic: true } }, async (_request, reply) => {
      void reply.header('Content-Security-Policy', PAGE_CONTENT_SECURITY_POLICY).header('Cache-Control', 'no-cache'); // a reply is a thenable; nothing is sent yet
      return reply.type(type).send(content);
    });
  }
}

async function readPageFile(file: URL): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'dashboard-missing',
      message: `The page's file ${file.pathname} cannot be read; the folder \`dashboard\` must be beside the worker's code.`,
      cause,
    });
  }
}
