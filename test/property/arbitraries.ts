/**
 * What programs and disruptions are drawn from.
 *
 * Owns the odds. Small numbers of everything: a run is one program in one app, and a
 * counterexample is read by a person.
 */
import fc from "fast-check";
import { ALWAYS, type GroupKind, type Program, type StepSpec } from "./program.js";

/** What is done to executors at the `at`-th thousandth of the calls of an undisturbed run. */
export type Disruption = {
  at: number;
  /**
   * - `crashBefore`, `crashAfter`: the executor dies; the call was not made, or was.
   * - `failBefore`, `failAfter`: the call fails; the executor cannot know which it was.
   * - `bump`: every executor drains and leaves.
   * - `cancel`, `restart`: somebody cancels the workflow, or restarts it from its beginning.
   */
  how:
    | "crashBefore"
    | "crashAfter"
    | "failBefore"
    | "failAfter"
    | "bump"
    | "cancel"
    | "restart";
  /** Whether executors are started again at once, or only when all is quiet. */
  isAnsweredAtOnce: boolean;
};

/** How a program is run. */
export type Scenario = {
  seed: number;
  disruptions: Disruption[];
  /** How long executors serve, and how long they wait for running steps. */
  life: { lifetimeMs: number; drainMs: number } | null;
};

const step: fc.Arbitrary<StepSpec> = fc
  .record({
    kind: fc.constantFrom<StepSpec["kind"][]>(
      ...["run", "inProcess", "query", "mutation", "mutation"].map(
        (kind) => kind as StepSpec["kind"],
      ),
      "action",
      "sleep",
      "far",
      "event",
      "child",
    ),
    durationMs: fc.constantFrom(0, 0, 1, 5, 20, 60),
    failures: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, ALWAYS),
    isRetrying: fc.boolean(),
    value: fc.nat(9),
    sees: fc.constantFrom<StepSpec["sees"][]>("nothing", "now", "random", "uuid"),
  })
  .map((drawn) => {
    if (drawn.kind === "sleep" || drawn.kind === "far")
      return { ...drawn, failures: 0, label: "" };
    if (drawn.kind === "event")
      return { ...drawn, failures: drawn.failures === 0 ? 0 : ALWAYS, label: "" };
    const needsRetry = drawn.failures > 0 && drawn.failures !== ALWAYS;
    return { ...drawn, isRetrying: drawn.isRetrying || needsRetry, label: "" };
  });

const DEPTH = { depthSize: "small", withCrossShrink: true } as const;

const { program: anyProgram } = fc.letrec<{ program: Program }>((tie) => ({
  program: fc.oneof(
    DEPTH,
    { weight: 5, arbitrary: step.map((one): Program => ({ kind: "step", step: one })) },
    {
      weight: 2,
      arbitrary: fc
        .array(tie("program"), { minLength: 1, maxLength: 3 })
        .map((members): Program => ({ kind: "sequence", members })),
    },
    {
      weight: 4,
      arbitrary: fc
        .record({
          how: fc.constantFrom<GroupKind[]>("all", "race", "any", "allSettled", "all"),
          members: fc.array(tie("program"), { minLength: 1, maxLength: 3 }),
        })
        .map((drawn): Program => ({ kind: "group", ...drawn })),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({ body: tie("program"), otherwise: tie("program") })
        .map((drawn): Program => ({ kind: "attempt", ...drawn })),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({ on: step, even: tie("program"), odd: tie("program") })
        .map((drawn): Program => ({ kind: "branch", ...drawn })),
    },
  ),
}));

/** Draws programs. A sequence at the top, so that there is something after a group. */
export const arbitraryProgram: fc.Arbitrary<Program> = fc
  .array(anyProgram, { minLength: 1, maxLength: 4 })
  .map((members) => labelSteps({ kind: "sequence", members }));

/** Draws ways to run a program. */
export const arbitraryScenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  disruptions: fc.array(
    fc.record({
      at: fc.nat(999),
      how: fc.constantFrom<Disruption["how"][]>(
        "crashBefore",
        "crashAfter",
        "crashAfter",
        "failBefore",
        "failAfter",
        "bump",
        "cancel",
        "restart",
      ),
      isAnsweredAtOnce: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  life: fc.option(
    // Longer than the longest step: one that is always interrupted would never end.
    fc.constantFrom({ lifetimeMs: 30, drainMs: 500 }, { lifetimeMs: 150, drainMs: 0 }),
    { freq: 2 },
  ),
});

/** Gives every step a name of its own. */
function labelSteps(program: Program): Program {
  let count = 0;
  const label = (step: StepSpec): StepSpec => ({ ...step, label: `s${count++}` });
  const walk = (part: Program): Program => {
    switch (part.kind) {
      case "step":
        return { ...part, step: label(part.step) };
      case "sequence":
      case "group":
        return { ...part, members: part.members.map(walk) };
      case "attempt":
        return { ...part, body: walk(part.body), otherwise: walk(part.otherwise) };
      case "branch":
        return {
          ...part,
          on: label(part.on),
          even: walk(part.even),
          odd: walk(part.odd),
        };
    }
  };
  return walk(program);
}
