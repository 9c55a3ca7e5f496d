/** The global `Convex`: which table it leads to, and what it says when there is none. */
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { SyscallTable } from "./abi.js";
import { currentSyscalls, runWithoutSyscalls, runWithSyscalls } from "./abi.js";

declare const Convex: SyscallTable;

function tableNamed(name: string): SyscallTable {
  return {
    syscall: (op) => `${name}:${op}`,
    asyncSyscall: async (op) => `${name}:${op}`,
    jsSyscall: (op) => `${name}:${op}`,
  };
}

describe("the global Convex", () => {
  test("leads to the table of its context, over waits and side by side", async () => {
    const ask = async () => {
      await turn();
      return [
        Convex.syscall("a", ""),
        await Convex.asyncSyscall("b", ""),
        Convex.jsSyscall("c", {}),
      ];
    };
    const answers = await Promise.all([
      runWithSyscalls(tableNamed("one"), ask),
      runWithSyscalls(tableNamed("two"), ask),
    ]);
    expect(answers).toEqual([
      ["one:a", "one:b", "one:c"],
      ["two:a", "two:b", "two:c"],
    ]);
  });

  test("an inner table hides the outer one until it ends", () => {
    const outer = tableNamed("outer");
    runWithSyscalls(outer, () => {
      expect(runWithSyscalls(tableNamed("inner"), () => Convex.syscall("a", ""))).toBe(
        "inner:a",
      );
      expect(currentSyscalls()).toBe(outer);
      expect(runWithoutSyscalls(() => currentSyscalls())).toBeUndefined();
    });
  });

  test("what stood there before answers outside of all deployments", () => {
    const holder = globalThis as { Convex?: unknown };
    const ours = holder.Convex;
    holder.Convex = tableNamed("other");
    expect(runWithSyscalls(tableNamed("ours"), () => Convex.syscall("a", ""))).toBe(
      "ours:a",
    );
    expect(Convex.syscall("a", "")).toBe("other:a");
    holder.Convex = undefined;
    runWithSyscalls(tableNamed("ours"), () => undefined);
    expect(holder.Convex).toBe(ours);
  });

  test("outside of all deployments it throws when nothing did", () => {
    runWithSyscalls(tableNamed("any"), () => undefined);
    expect(() => Convex.syscall("a", "")).toThrow("No active convexTest context");
  });
});
