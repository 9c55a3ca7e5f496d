/** The analysis on a push written by hand; the real CLI's push is check:codegen's part. */
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Bundle, PushedComponent } from "../push/pushRequest.js";
import { analyzePush } from "./analysis.js";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "analysis-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe("analyzePush", () => {
  test("a public function is exported under its module, with sorted validators", async () => {
    const source = defineFunction(
      { isQuery: true, isPublic: true },
      { z: 1, a: { y: 1, b: 2 } },
    );
    const component = buildComponent({
      functions: [buildBundle("admin/lib.js", source)],
    });

    const analysis = await analyzePush([component], directory);

    expect(analysis["child"]).toMatchObject({
      definition: {
        exports: {
          branch: [
            [
              "admin",
              {
                branch: [
                  [
                    "lib",
                    {
                      branch: [
                        [
                          "fn",
                          { type: "leaf", leaf: "_reference/function/admin/lib:fn" },
                        ],
                      ],
                    },
                  ],
                ],
              },
            ],
          ],
        },
      },
      functions: {
        "admin/lib.js": {
          functions: [
            { name: "fn", udfType: "Query", args: '{"a":{"b":2,"y":1},"z":1}' },
          ],
        },
      },
    });
  });

  test("an internal function is analyzed but not exported", async () => {
    const source = defineFunction({ isMutation: true }, {});
    const component = buildComponent({ functions: [buildBundle("lib.js", source)] });

    const analysis = await analyzePush([component], directory);

    expect(analysis["child"]).toMatchObject({
      definition: { exports: { branch: [] } },
      functions: { "lib.js": { functions: [{ visibility: { kind: "internal" } }] } },
    });
  });

  test("a parent's import of a child definition gives the child's path and name", async () => {
    const stub = Buffer.from("child").toString("base64url");
    const app = buildComponent({
      definitionPath: "",
      dependencies: ["child"],
      definition: buildBundle(
        "convex.config.js",
        `import child from "./_componentDeps/${stub}";
         export default { export: () => ({ definitionType: { type: "app" }, childComponents: [child] }) };`,
      ),
    });

    const analysis = await analyzePush([app, buildComponent({})], directory);

    expect(analysis[""]).toMatchObject({
      definition: {
        childComponents: [{ componentDefinitionPath: "child", defaultName: "childName" }],
      },
    });
  });

  test("the bundler's shim of node:async_hooks finds what the Convex runtime has", async () => {
    const source = "export const store = new globalThis.AsyncLocalStorage();";
    const component = buildComponent({ functions: [buildBundle("lib.js", source)] });

    const analysis = await analyzePush([component], directory);

    expect(analysis["child"]).toMatchObject({
      functions: { "lib.js": { functions: [] } },
    });
  });

  test("a module that throws when imported fails the analysis", async () => {
    const component = buildComponent({
      functions: [buildBundle("lib.js", 'throw new Error("at import");')],
    });

    await expect(analyzePush([component], directory)).rejects.toThrow("at import");
  });
});

function defineFunction(marks: Record<string, boolean>, args: unknown): string {
  return `export const fn = Object.assign(() => null, ${JSON.stringify(marks)}, {
    exportArgs: () => ${JSON.stringify(JSON.stringify(args))},
    exportReturns: () => "null",
  });`;
}

function buildBundle(name: string, source: string): Bundle {
  // Node takes a .js file for an ES module when it holds an export.
  return { path: name, source: `${source}\nexport {};`, environment: "isolate" };
}

function buildComponent(overrides: Partial<PushedComponent>): PushedComponent {
  const definition = `export default { export: () => ({
    definitionType: { type: "childComponent", name: "childName" }, childComponents: [] }) };`;
  return {
    definitionPath: "child",
    dependencies: [],
    definition: buildBundle("convex.config.js", definition),
    schema: null,
    functions: [],
    ...overrides,
  };
}
