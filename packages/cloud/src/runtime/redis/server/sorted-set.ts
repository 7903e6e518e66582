/** Members in the order of their scores, and of their bytes where scores are equal. */
export interface SortedSet {
  readonly size: number;
  score(member: string): number | undefined;
  /** Whether it is new. */
  put(member: string, score: number): boolean;
  delete(member: string): boolean;
  /** Position from the lowest, from 0. */
  rank(member: string): number | undefined;
  /** All, lowest first; not to be changed. */
  ordered(): readonly Scored[];
}

export interface Scored {
  member: string;
  score: number;
}

export function sortedSet(): SortedSet {
  const scores = new Map<string, number>();
  const order: Scored[] = [];
  const place = (member: string, score: number): number => {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = order[middle]!;
      if (at.score < score || (at.score === score && at.member < member)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    get size() {
      return scores.size;
    },
    score: (member) => scores.get(member),
    put(member, score) {
      const before = scores.get(member);
      if (before !== undefined) {
        if (before === score) return false;
        order.splice(place(member, before), 1);
      }
      scores.set(member, score);
      order.splice(place(member, score), 0, { member, score });
      return before === undefined;
    },
    delete(member) {
      const score = scores.get(member);
      if (score === undefined) return false;
      order.splice(place(member, score), 1);
      return scores.delete(member);
    },
    rank(member) {
      const score = scores.get(member);
      return score === undefined ? undefined : place(member, score);
    },
    ordered: () => order,
  };
}
