/**
 * The realm's own `fetch` for an action: while the network works, time stands still, for
 * the answer and for each piece of its body.
 */
import type { Clock } from "../clock/clock.js";
import { waitOutside } from "../clock/outside.js";
import { runWithoutGlobals } from "./globals.js";

const BODY_READERS: ReadonlySet<PropertyKey> = new Set([
  "arrayBuffer",
  "blob",
  "bytes",
  "formData",
  "json",
  "text",
]);

/** Reads `globalThis.fetch` when called: a test may have put a stub there. */
export async function fetchOutside(
  clock: Clock,
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Response> {
  const response = await waitOutside(clock, () =>
    runWithoutGlobals(() => globalThis.fetch(input, init)),
  );
  return holdWhileRead(clock, response);
}

/** A response that is its original, except that reading it holds the clock. */
function holdWhileRead(clock: Clock, response: Response): Response {
  let body: ReadableStream<Uint8Array> | null | undefined;
  return new Proxy(response, {
    get(target, key) {
      if (key === "body") {
        const { body: original } = target;
        if (!(original instanceof ReadableStream)) return original;
        body ??= holdStream(clock, original);
        return body;
      }
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      const call = (args: unknown[]): unknown => Reflect.apply(value, target, args);
      if (key === "clone") return () => holdWhileRead(clock, target.clone());
      if (!BODY_READERS.has(key)) return (...args: unknown[]) => call(args);
      return (...args: unknown[]) =>
        waitOutside(clock, () => runWithoutGlobals(() => call(args)) as Promise<unknown>);
    },
  });
}

/** Takes the stream only when somebody reads: who looks at `body` may call `json` instead. */
function holdStream(
  clock: Clock,
  stream: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const open = () => (reader ??= stream.getReader());
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await waitOutside(clock, () =>
          runWithoutGlobals(() => open().read()),
        );
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => open().cancel(reason),
    },
    // Nothing is read ahead: a hold lasts only while somebody waits for it.
    { highWaterMark: 0 },
  );
}
