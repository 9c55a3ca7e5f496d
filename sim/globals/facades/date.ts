/**
 * `Date` whose now is the running function's. Parsing, arithmetic and the prototype are the
 * original's, so a date made inside is a date outside.
 */
import { createFacade, currentWorld } from "./facade.js";

const NativeDate = globalThis.Date;

export const dateFacade: DateConstructor = createFacade<DateConstructor>({
  name: "Date",
  target: NativeDate,
  members: { now: (): number => currentWorld()?.now() ?? NativeDate.now() },
  handler: {
    apply: () => new NativeDate(dateFacade.now()).toString(),
    construct(target, args: unknown[], newTarget) {
      // By the facade's own `now`: a function may have replaced it.
      const values = args.length === 0 ? [dateFacade.now()] : args;
      // A subclass passes itself and keeps its prototype.
      const created = newTarget === dateFacade ? target : newTarget;
      return Reflect.construct(target, values, created) as object;
    },
  },
});
