/**
 * Word lists of the simulated model.
 */

/** Words too common to be keywords; shorter ones are left out by their length. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `about above after again against also although always among another because been before
  being below between both cannot could does doing done down during each either else even
  ever every first from further have having here hers herself himself however into itself
  just last less like made make many might more most much must myself near never next none
  often once only other ours ourselves over part rather same second shall should since some
  such than that their theirs them themselves then there these they this those though
  through thus together toward under until upon very want were what when where whether
  which while whom whose will with within without would your yours yourself can't don't
  doesn't isn't it's that's they're we're won't you're`.split(/\s+/),
);

/** Words that press the reader. */
export const URGENT_WORDS: ReadonlySet<string> = new Set(
  `alert asap critical deadline emergency immediate immediately must now overdue urgent
  urgently warning`.split(/\s+/),
);

/** Words that address the reader or speak for the writer. */
export const ADDRESS_WORDS: ReadonlySet<string> = new Set(
  `i i'm let's our us we we're we've you you'll you're your`.split(/\s+/),
);
