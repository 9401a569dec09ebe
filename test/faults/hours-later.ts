// Loaded into a worker before its own code: to that process it is hours later. So its janitor and its sweeper, which look at what has been left alone
// for one hour and for six, find everything at once. The clouds' clocks have to be told as well: they refuse signatures of another time.

export const HOURS_LATER_SECONDS = 7 * 3600;

/** Node's options of a worker that lives then. */
export const HOURS_LATER_OPTIONS = `--disable-warning=DEP0169 --import ${import.meta.url}`;

/** Set where this module is to change the clock of the process that it is loaded into. */
export const HOURS_LATER_VARIABLE = 'TEST_HOURS_LATER';

if (process.env[HOURS_LATER_VARIABLE] !== undefined) {
  const RealDate = Date;
  const now = () => RealDate.now() + HOURS_LATER_SECONDS * 1000;
  globalThis.Date = new Proxy(RealDate, {
    construct: (_target, given, newTarget) =>
      Reflect.construct(RealDate, given.length === 0 ? [now()] : given, newTarget),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
}
