/**
 * What can be said of a program without running it.
 *
 * Owns the reading of programs; pure.
 */
import { ALWAYS, type Program, type StepSpec } from "./program.js";

/** Lists a program's parts, itself included. */
export function listParts(program: Program): Program[] {
  return [program, ...listChildren(program).flatMap(listParts)];
}

/** Lists the steps of a program that wait for an event which is to come. */
export function listEvents(program: Program): StepSpec[] {
  return listParts(program)
    .flatMap((part) =>
      part.kind === "step" ? [part.step] : part.kind === "branch" ? [part.on] : [],
    )
    .filter(({ kind, failures }) => kind === "event" && failures === 0);
}

function listChildren(program: Program): Program[] {
  switch (program.kind) {
    case "step":
      return [];
    case "sequence":
    case "group":
      return program.members;
    case "attempt":
      return [program.body, program.otherwise];
    case "branch":
      return [program.even, program.odd];
  }
}

/** Whether a program can throw. */
function canFail(program: Program): boolean {
  switch (program.kind) {
    case "step":
      return program.step.failures === ALWAYS;
    case "attempt":
      return canFail(program.otherwise);
    case "branch":
      return program.on.failures === ALWAYS || listChildren(program).some(canFail);
    case "group":
      return program.how !== "allSettled" && program.members.some(canFail);
    case "sequence":
      return program.members.some(canFail);
  }
}

/**
 * Whether the order in which steps settle decides nothing: no winner is picked, and no
 * failure cuts a group short while other members run on.
 */
export function isOrderFree(program: Program): boolean {
  return listParts(program).every((part) => {
    if (part.kind !== "group") return true;
    return part.how === "allSettled" || (part.how === "all" && !canFail(part));
  });
}

/** Whether all steps of a group are asked for at once, so that no numbers interleave. */
export function isFlat(program: Program): boolean {
  return listParts(program).every(
    (part) => part.kind !== "group" || part.members.every(isImmediate),
  );
}

function isImmediate(program: Program): boolean {
  if (program.kind === "step") return true;
  return program.kind === "group" && program.members.every(isImmediate);
}
