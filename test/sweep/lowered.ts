/**
 * Constants that are lower while some scenarios are played, so that a few rows and kilobytes
 * come in pages and fill memory.
 *
 * Owns which ones, by the scenarios' names. It is loaded before the constants are.
 */
type Numbers = Readonly<Record<string, number>>;

const LOWERED: Readonly<Record<string, Numbers>> = {
  /** Of the texts that its workflows hold, some fit, and some do not. */
  "waits without room": { HOT_BYTES_MAX: 64 * 1_024 },
  "cancel and restart of all": { OPERATOR_PAGE: 2 },
  /** Its callback is given up after these attempts; one of those that follow may be lost. */
  operators: { OUTBOX_ATTEMPTS: 4 },
  gates: { GATE_DROP_PAGE: 1 },
  "an executor that is stuck": { REVOCATIONS_PAGE: 1 },
  takeovers: { RECOVERY_PAGE: 1 },
};

/** The constants as they are for whichever scenario is played; for the mock of their module. */
export async function lower(
  load: () => Promise<object>,
  playing: () => string,
): Promise<object> {
  const real = (await load()) as Numbers;
  const lowered = { ...real };
  const names = new Set(Object.values(LOWERED).flatMap((one) => Object.keys(one)));
  for (const name of names) {
    if (!(name in real)) throw new Error(`${name} is no constant.`);
    const get = () => LOWERED[playing()]?.[name] ?? real[name];
    Object.defineProperty(lowered, name, { get, enumerable: true });
  }
  return lowered;
}
