/** All replaced globals of a running function, as the prototype of every scope's overrides. */
import { ABSENT_GLOBALS } from "../../constants/globals.js";
import { cryptoFacade, mathFacade } from "./chance.js";
import { consoleFacade } from "./console.js";
import { dateFacade } from "./date.js";
import { currentWorld } from "./facade.js";
import { performanceFacade } from "./performance.js";
import { SilentRegistry, StrongRef } from "./references.js";
import { timerFacades } from "./timers.js";

const nativeFetch = globalThis.fetch;

const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
  await (currentWorld()?.fetch(input, init) ?? nativeFetch(input, init));

export const FACADES: Readonly<Record<string, unknown>> = {
  ...timerFacades,
  ...Object.fromEntries(ABSENT_GLOBALS.map((name) => [name, undefined])),
  fetch,
  console: consoleFacade,
  crypto: cryptoFacade,
  Date: dateFacade,
  FinalizationRegistry: SilentRegistry,
  Math: mathFacade,
  performance: performanceFacade,
  WeakRef: StrongRef,
};
