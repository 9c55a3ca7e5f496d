/**
 * One case: a rule of the platform, a way to observe it by calling functions of the app, and
 * what the platform shows.
 *
 * Owns: the shape of cases. Their expectation is always the platform's; where a target
 * differs on purpose, exceptions.ts says so.
 */
import type { DeployOptions, Deployment, Need } from "./target.js";

export interface ConformanceCase {
  /** "<subject>/<rule in camelCase>", unique. */
  readonly id: string;
  /** The rule, as a sentence. */
  readonly rule: string;
  readonly needs: readonly Need[];
  readonly options: DeployOptions;
  /** What is seen; a thrown error is seen as a Failure. */
  readonly observe: (t: Deployment) => Promise<unknown>;
  /** What the platform shows: see expectation.ts for patterns. */
  readonly expected: unknown;
}

type CaseBody = Omit<ConformanceCase, "id" | "rule" | "needs" | "options"> &
  Partial<Pick<ConformanceCase, "needs" | "options">>;

export interface Subject {
  readonly name: string;
  readonly cases: readonly ConformanceCase[];
}

/** The cases about one subject, by the last part of their ids. */
export function defineSubject(
  name: string,
  cases: Record<string, CaseBody & { rule: string }>,
): Subject {
  return {
    name,
    cases: Object.entries(cases).map(([key, body]) => ({
      needs: [],
      options: {},
      ...body,
      id: `${name}/${key}`,
    })),
  };
}

/** Observes one call of a query. */
export function byQuery(name: string, args?: Record<string, unknown>): Observe {
  return async (t) => await t.query(name, args);
}

/** Observes one call of a mutation. */
export function byMutation(name: string, args?: Record<string, unknown>): Observe {
  return async (t) => await t.mutation(name, args);
}

/** Observes one call of an action. */
export function byAction(name: string, args?: Record<string, unknown>): Observe {
  return async (t) => await t.action(name, args);
}

type Observe = ConformanceCase["observe"];
