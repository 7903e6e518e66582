/**
 * Matches regular expressions in time linear in the text, whatever the pattern: an automaton of sets of states, made as texts need it.
 * Node's own engine backtracks, so that one request could stop the cloud.
 */
import { type Assertion, type Node, parseRegex, RegexError } from "./parse.ts";

export { RegexError } from "./parse.ts";

/** Whether the pattern matches anywhere in a byte string. */
export type RegexMatcher = (text: string) => boolean;

/** So many states may patterns have; a pattern of bounded repeats within each other reaches it. */
const mostStates = 20_000;
/** So many sets are remembered; then all are forgotten. */
const mostSets = 2_000;

type State = { bytes: Uint8Array; next: number } | { assertion: Assertion; next: number } | { to: number[] } | "accept";

/** One matcher for several patterns: it finds whether any matches, in one pass. Throws RegexError. */
export function compileRegexes(sources: readonly string[]): RegexMatcher {
  const states: State[] = ["accept"];
  const start = add(states, { to: sources.map((source) => build(states, parseRegex(source), 0)) });
  const classOf = byteClasses(states);
  const classes = Math.max(...classOf) + 1;
  // One more column: the end of the text.
  const width = classes + 1;
  const sample: number[] = Array.from({ length: classes }, () => 0);
  for (let code = 255; code >= 0; code--) sample[classOf[code]!] = code;

  let ids: Map<string, number>;
  let sets: { states: number[]; before: Before }[];
  let table: Int32Array;
  const reset = () => {
    ids = new Map();
    sets = [];
    table = new Int32Array(64 * width).fill(unknown);
    idOf([], "start");
  };
  const idOf = (list: number[], before: Before): number => {
    const key = `${before}:${list.join(",")}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = sets.length;
    ids.set(key, id);
    sets.push({ states: list, before });
    if (sets.length * width > table.length) {
      const larger = new Int32Array(table.length * 2).fill(unknown);
      larger.set(table);
      table = larger;
    }
    return id;
  };
  /** The set after a byte of class `column`, or whether there was a match up to here. */
  const step = (from: number, column: number, last: boolean): number => {
    const { states: list, before } = sets[from]!;
    const code = column === classes ? -1 : sample[column]!;
    const seen = new Set<number>();
    const reached: number[] = [];
    const stack = [start, ...list];
    while (stack.length > 0) {
      const index = stack.pop()!;
      if (seen.has(index)) continue;
      seen.add(index);
      const state = states[index]!;
      if (state === "accept") return matched;
      if ("to" in state) stack.push(...state.to);
      else if ("assertion" in state) {
        if (holds(state.assertion, before, code, last)) stack.push(state.next);
      } else if (code >= 0 && state.bytes[code]) reached.push(state.next);
    }
    if (code < 0) return failed;
    return idOf(
      [...new Set(reached)].toSorted((a, b) => a - b),
      code === 10 ? "line" : isWord(code) ? "word" : "other",
    );
  };
  reset();

  return (text) => {
    if (sets.length > mostSets) reset();
    let set = 0;
    const end = text.length;
    // `$` also holds before a line end that is the last byte: that one step is not remembered.
    const tail = end > 0 && text.charCodeAt(end - 1) === 10 ? end - 1 : end;
    let steps = table;
    for (let at = 0; at < tail; at++) {
      const place = set * width + classOf[text.charCodeAt(at) & 255]!;
      let next = steps[place]!;
      if (next === unknown) {
        next = step(set, place - set * width, false);
        steps = table;
        steps[place] = next;
        if (sets.length > mostSets && next >= 0) {
          const { states: list, before } = sets[next]!;
          reset();
          next = idOf(list, before);
          steps = table;
        }
      }
      if (next === matched) return true;
      set = next;
    }
    if (tail < end) {
      set = step(set, classOf[10]!, true);
      if (set === matched) return true;
    }
    const place = set * width + classes;
    let result = table[place]!;
    if (result === unknown) {
      result = step(set, classes, false);
      table[place] = result;
    }
    return result === matched;
  };
}

const unknown = -1;
const matched = -2;
const failed = -3;

/** What stands before a place: nothing, a line end, a part of a word, or something else. */
type Before = "start" | "line" | "word" | "other";

const isWord = (code: number) => (code >= 48 && code <= 57) || code === 95 || ((code | 32) >= 97 && (code | 32) <= 122);

/** `code` is the next byte, −1 at the end; `last` says that it is a line end that ends the text. */
function holds(assertion: Assertion, before: Before, code: number, last: boolean): boolean {
  switch (assertion) {
    case "start":
      return before === "start";
    case "line start":
      return before === "start" || before === "line";
    case "very end":
      return code < 0;
    case "end":
      return code < 0 || last;
    case "line end":
      return code < 0 || code === 10;
    case "word":
      return (before === "word") !== (code >= 0 && isWord(code));
    case "no word":
      return (before === "word") === (code >= 0 && isWord(code));
  }
}

function add(states: State[], state: State): number {
  if (states.length >= mostStates) throw new RegexError("the pattern is too large");
  states.push(state);
  return states.length - 1;
}

/** Adds what matches `node` and goes on to `next`; gives its first state. */
function build(states: State[], node: Node, next: number): number {
  switch (node.kind) {
    case "set":
      return add(states, { bytes: node.bytes, next });
    case "assertion":
      return add(states, { assertion: node.assertion, next });
    case "sequence":
      return node.nodes.reduceRight((after, each) => build(states, each, after), next);
    case "choice":
      return add(states, { to: node.nodes.map((each) => build(states, each, next)) });
    case "repeat": {
      let after = next;
      if (node.max === Infinity) {
        const to: number[] = [next];
        after = add(states, { to });
        to.push(build(states, node.node, after));
      } else {
        for (let count = node.min; count < node.max; count++) after = add(states, { to: [next, build(states, node.node, after)] });
      }
      for (let count = 0; count < node.min; count++) after = build(states, node.node, after);
      return after;
    }
  }
}

/** Bytes between which no state tells are one class. */
function byteClasses(states: readonly State[]): Uint8Array {
  // Words and line ends are told apart by assertions.
  let classOf = Uint8Array.from({ length: 256 }, (_, code) => (code === 10 ? 2 : isWord(code) ? 1 : 0));
  const seen = new Set<Uint8Array>();
  for (const state of states) {
    if (typeof state === "string" || !("bytes" in state) || seen.has(state.bytes)) continue;
    seen.add(state.bytes);
    classOf = refined(classOf, state.bytes);
  }
  return classOf;
}

/** Each class parted into those of its bytes that are in the set and those that are not. */
function refined(classOf: Uint8Array<ArrayBuffer>, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const numbers = new Map<number, number>();
  return classOf.map((before, code) => {
    const part = before * 2 + bytes[code]!;
    let number = numbers.get(part);
    if (number === undefined) numbers.set(part, (number = numbers.size));
    return number;
  });
}
