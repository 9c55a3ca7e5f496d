/** One difference of one target from the platform, and the table of all of them. */

export interface Exception {
  readonly reason: string;
  /** What the target shows; patterns as in cases. */
  readonly expected: unknown;
}

export type ExceptionTable = Readonly<
  Record<string, Readonly<Record<string, Exception | undefined>> | undefined>
>;
