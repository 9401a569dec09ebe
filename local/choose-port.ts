import { createServer } from 'node:net';

const DEFAULT_PORT = 8080;

/** The port that was asked for, else the default, else 0: any that is free. */
export async function choosePort(wanted: number | undefined): Promise<number> {
  return wanted ?? ((await isFree(DEFAULT_PORT)) ? DEFAULT_PORT : 0);
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
