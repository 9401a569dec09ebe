import { fileURLToPath } from 'node:url';

/** Workers start in half the time when Node keeps what it compiled: https://nodejs.org/api/module.html#module-compile-cache */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/node-compile-cache', import.meta.url)),
};
