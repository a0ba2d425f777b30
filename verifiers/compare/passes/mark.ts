/**
 * Stands in a text for what a pass has taken out, so that what was never there does not become the same: half of a
 * surrogate pair, which no text has that was read from UTF-8.
 */
export const mark = '\ud800'
