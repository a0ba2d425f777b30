/**
 * A reason for which honest builds of one source differ in a literal (a string, a comment, a number, a line of text):
 * two literals that are equal once it is masked differ for this reason alone.
 *
 * A mask is strict. What it replaces has so few forms that no code and no address fits into it.
 */
export type StampCause = {
  id: string
  /** What stands in a report, behind "differs only in". */
  title: string
  mask(literal: string): string
}
