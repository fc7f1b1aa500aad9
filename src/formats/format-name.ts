/** What the formats are called. */

export type FormatName = 'v1' | 'v2';
