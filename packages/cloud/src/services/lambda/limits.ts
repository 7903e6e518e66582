/** What an account may have in a region (AWS Lambda Developer Guide, "Lambda quotas"). Sizes in bytes. */

export const limits = {
  TotalCodeSize: 80_530_636_800,
  CodeSizeUnzipped: 262_144_000,
  CodeSizeZipped: 52_428_800,
  ConcurrentExecutions: 1_000,
};

/** So many runs at once are kept for functions that reserve none. */
export const leastUnreserved = 100;
/** On one function. */
export const mostTags = 50;
