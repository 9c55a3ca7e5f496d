/** Each rule fails on a file that breaks it and passes one that does not. */
import { describe, expect, test } from "vitest";

import type { SourceFile } from "./rule.js";
import { rules } from "./rules/index.js";

interface Case {
  rule: string;
  title: string;
  path: string;
  text: string;
  /** The lines found, none for a file that is in order. */
  lines: number[];
  /** Files beside it, where the rule is about more than one. */
  others?: SourceFile[];
}

const HEADER = "/** Owns what a/b.ts needs it to own. */\n";
const body = (lines: number): string => "  work();\n".repeat(lines);
const cancel = "cancel";

const cases: Case[] = [
  {
    rule: "console use",
    title: "a log line",
    path: "src/client/a.ts",
    text: "console.log(1);",
    lines: [1],
  },
  {
    rule: "console use",
    title: "the logging file",
    path: "src/component/logging.ts",
    text: "console.log(1);",
    lines: [],
  },
  {
    rule: "import cycles",
    title: "two files",
    path: "sim/a.ts",
    text: 'import "./b.js";',
    others: [{ path: "sim/b.ts", text: 'import type { A } from "./a.js";' }],
    lines: [1],
  },
  {
    rule: "import cycles",
    title: "a file that imports itself",
    path: "sim/a.ts",
    text: 'export * from "./a.js";',
    lines: [1],
  },
  {
    rule: "import cycles",
    title: "a shared leaf",
    path: "sim/a.ts",
    text: 'import "./b.js";\nimport "./c.js";',
    others: [
      { path: "sim/b.ts", text: 'import "./c.js";' },
      { path: "sim/c.ts", text: "" },
    ],
    lines: [],
  },
  {
    rule: "file header",
    title: "none",
    path: "src/client/a.ts",
    text: "export const a = 1;",
    lines: [1],
  },
  {
    rule: "file header",
    title: "an empty comment",
    path: "src/client/a.ts",
    text: "/** */\nexport const a = 1;",
    lines: [1],
  },
  {
    rule: "file header",
    title: "one sentence",
    path: "src/client/a.ts",
    text: `${HEADER}export {};`,
    lines: [],
  },
  {
    rule: "file length",
    title: "251 lines",
    path: "sim/a.ts",
    text: body(251),
    lines: [251],
  },
  {
    rule: "file length",
    title: "250 lines",
    path: "sim/a.ts",
    text: body(250),
    lines: [],
  },
  {
    rule: "file length",
    title: "a test of 501 lines",
    path: "sim/a.test.ts",
    text: body(501),
    lines: [501],
  },
  {
    rule: "file length",
    title: "a test of 500 lines",
    path: "sim/a.test.ts",
    text: body(500),
    lines: [],
  },
  {
    rule: "file names",
    title: "a vague name",
    path: "src/shared/utils.ts",
    text: "",
    lines: [1],
  },
  {
    rule: "file names",
    title: "a hyphen",
    path: "src/shared/step-context.ts",
    text: "",
    lines: [1],
  },
  {
    rule: "file names",
    title: "the Convex definition",
    path: "src/component/convex.config.ts",
    text: "",
    lines: [],
  },
  {
    rule: "function length",
    title: "71 lines",
    path: "sim/a.ts",
    text: `\nfunction a() {\n${body(69)}}`,
    lines: [2],
  },
  {
    rule: "function length",
    title: "70 lines",
    path: "sim/a.ts",
    text: `function a() {\n${body(68)}}`,
    lines: [],
  },
  {
    rule: "function length",
    title: "a closure",
    path: "sim/a.ts",
    text: `const a = () => {\n${body(70)}};`,
    lines: [1],
  },
  {
    rule: "function length",
    title: "a method",
    path: "sim/a.ts",
    text: `class A {\nb() {\n${body(70)}}}`,
    lines: [2],
  },
  {
    rule: "function length",
    title: "a suite",
    path: "sim/a.test.ts",
    text: `describe("a", () => {\n${body(70)}});`,
    lines: [],
  },
  {
    rule: "function length",
    title: "a long test",
    path: "sim/a.test.ts",
    text: `test("a", () => {\n${body(70)}});`,
    lines: [1],
  },
  {
    rule: "layers",
    title: "shared imports the component",
    path: "src/shared/a.ts",
    text: 'import "../component/b.js";',
    lines: [1],
  },
  {
    rule: "layers",
    title: "the component imports the client",
    path: "src/component/a.ts",
    text: 'import type { B } from "../client/b.js";',
    lines: [1],
  },
  {
    rule: "layers",
    title: "the component imports its own package",
    path: "src/component/a.ts",
    text: 'export * from "convex-executor";',
    lines: [1],
  },
  {
    rule: "layers",
    title: "the client imports a test",
    path: "src/client/a.ts",
    text: 'await import("../../test/b.js");',
    lines: [1],
  },
  {
    rule: "layers",
    title: "the simulation imports src",
    path: "sim/a.ts",
    text: 'type A = import("../src/shared/b.js").B;',
    lines: [1],
  },
  {
    rule: "layers",
    title: "the example reaches into src",
    path: "example/convex/a.ts",
    text: 'import "../../src/client/index.js";\nimport "../../src/client/b.js";',
    lines: [2],
  },
  {
    rule: "layers",
    title: "the client imports downwards",
    path: "src/client/a.ts",
    text: 'import "../shared/b.js";\nimport "../component/_generated/component.js";',
    lines: [],
  },
  {
    rule: "layers",
    title: "a test beside its code",
    path: "src/client/a.test.ts",
    text: 'import "../../sim/clock.js";',
    lines: [],
  },
  {
    rule: "limits in constants",
    title: "a large number",
    path: "src/client/a.ts",
    text: "take(100);",
    lines: [1],
  },
  {
    rule: "limits in constants",
    title: "a fraction",
    path: "src/client/a.ts",
    text: "a * 0.5;",
    lines: [1],
  },
  {
    rule: "limits in constants",
    title: "a big integer",
    path: "src/client/a.ts",
    text: "a * 1_000n;",
    lines: [1],
  },
  {
    rule: "limits in constants",
    title: "a small limit",
    path: "src/client/a.ts",
    text: "f({ delayMs: 5 });\nif (a.attempts >= 3) f();\nconst max = a ?? 4;",
    lines: [1, 2, 3],
  },
  {
    rule: "limits in constants",
    title: "arithmetic",
    path: "src/client/a.ts",
    text: "a.slice(-1) % 2; b.toString(16); c >>> 0; d & 0xffff; const countMax = 0;",
    lines: [],
  },
  {
    rule: "limits in constants",
    title: "a type",
    path: "src/client/a.ts",
    text: "type A = B[100];",
    lines: [],
  },
  {
    rule: "limits in constants",
    title: "the constants",
    path: "src/shared/constants.ts",
    text: "export const A_MS = 100;",
    lines: [],
  },
  {
    rule: "open work",
    title: "a remark",
    path: "sim/a.ts",
    text: `\n// ${"TO" + "DO"}: later`,
    lines: [2],
  },
  {
    rule: "open work",
    title: "an issue",
    path: "sim/a.ts",
    text: `// ${"TO" + "DO"}(#12): later`,
    lines: [],
  },
  {
    rule: "purity of src/shared",
    title: "clock and chance",
    path: "src/shared/a.ts",
    text: "Date.now();\nMath.random();\nnew Date();\ncrypto.randomUUID();\nsetTimeout(f, a);",
    lines: [1, 2, 3, 4, 5],
  },
  {
    rule: "purity of src/shared",
    title: "Convex and Node",
    path: "src/shared/a.ts",
    text: 'import "convex/server";\nimport type { A } from "node:async_hooks";',
    lines: [1, 2],
  },
  {
    rule: "purity of src/shared",
    title: "values and a conversion",
    path: "src/shared/a.ts",
    text: 'import { v } from "convex/values";\nnew Date(ms);',
    lines: [],
  },
  {
    rule: "spelling",
    title: "the other spellings",
    path: "README.md",
    text: `is${cancel}led\n${cancel}ling\n${cancel}ation`,
    lines: [1, 2, 3],
  },
  {
    rule: "spelling",
    title: "ours",
    path: "README.md",
    text: "canceled canceling cancellation cancels",
    lines: [],
  },
];

describe("house rules", () => {
  test.each(cases)("$rule: $title", ({ rule, path, text, lines, others = [] }) => {
    const found = rules
      .find(({ name }) => name === rule)
      ?.check([{ path, text }, ...others]);

    expect(found?.map((finding) => finding.line)).toEqual(lines);
  });

  test("every rule is shown to fail and to pass", () => {
    const shown = (isFailing: boolean): string[] =>
      cases.filter(({ lines }) => lines.length > 0 === isFailing).map(({ rule }) => rule);

    for (const { name } of rules) {
      expect(shown(true)).toContain(name);
      expect(shown(false)).toContain(name);
    }
  });
});
