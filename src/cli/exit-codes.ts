/** What the process says when it ends. */
export const EXIT = {
  /** Done, and the answer is yes where there was a question. */
  done: 0,
  /** The answer is no: damage was found, checkpoints differ. */
  no: 1,
  /** Could not: wrong usage, an unreadable or refused input. */
  failed: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
