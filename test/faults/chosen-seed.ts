/** Names the environment variable that repeats a run's choices; the interleaving of real processes is never the same twice. */
const SEED_VARIABLE = 'FAULTS_SEED';

/** Printed, so that a run that failed can be made again. @throws RangeError when the variable is no whole number */
export function chooseSeed(): number {
  const chosen = process.env[SEED_VARIABLE];
  const seed = chosen === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(chosen);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`${SEED_VARIABLE} must be a whole number.`);
  console.log(`${SEED_VARIABLE}=${seed}`);
  return seed;
}
