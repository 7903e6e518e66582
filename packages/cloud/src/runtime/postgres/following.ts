/** How a copy says that it can no longer follow its writer, so that it has to be made anew. */

/** Its log line: what it needs is not kept any more, it has gone another way, or its writer takes more connections by now. */
const cannotFollow =
  /requested WAL segment \S+ has already been removed|requested starting point .* is ahead of|new timeline \d+ forked off|highest timeline \d+ of the primary is behind|hot standby is not possible because of insufficient parameter settings/;

export const saysItCannotFollow = (logLine: string): boolean => cannotFollow.test(logLine);
