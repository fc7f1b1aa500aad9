/** What a write reads. */

/** What is read besides the files that content is known to lie in, and what a write that takes the place of its input does then. */
export interface Reading {
  readonly inputs?: readonly string[] | undefined;
  /** Closes the input; given where the file at the path is to be replaced, whatever it is. */
  readonly release?: (() => void) | undefined;
}
