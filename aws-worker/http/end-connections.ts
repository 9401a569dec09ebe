import type { App } from './typed-app.ts';

/** For answers under way, when the app closes. */
const LAST_ANSWERS_MILLISECONDS = 1_000;

/**
 * Bounds how long the app takes to close. Node ends idle connections only; one that has sent nothing yet, or half a request, would hold a worker that was
 * told to stop until it is killed: https://nodejs.org/api/http.html#servercloseidleconnections
 */
export function endConnectionsOnClose(app: App): void {
  app.addHook('preClose', async () => {
    const timer = setTimeout(() => app.server.closeAllConnections(), LAST_ANSWERS_MILLISECONDS);
    // An app that never listened is closed without that event.
    timer.unref();
    app.server.once('close', () => clearTimeout(timer));
  });
}
