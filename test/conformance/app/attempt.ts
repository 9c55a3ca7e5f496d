/** Turns what a call throws into a value, so that one function can show several outcomes. */

export type Outcome = { ok: any } | { error: string; data?: any };

/** The value of the call, or the message of what it threw, and its data if it has any. */
export async function attempt(call: () => unknown): Promise<Outcome> {
  try {
    const value = await call();
    return { ok: value === undefined ? null : value };
  } catch (thrown) {
    const { message, data } = thrown as { message?: unknown; data?: any };
    const error = typeof message === "string" ? message : String(thrown);
    return data === undefined ? { error } : { error, data };
  }
}

/** Attempts each call in turn. */
export async function attemptEach(
  calls: Record<string, () => unknown>,
): Promise<Record<string, Outcome>> {
  const outcomes: Record<string, Outcome> = {};
  for (const [name, call] of Object.entries(calls)) {
    outcomes[name] = await attempt(call);
  }
  return outcomes;
}
