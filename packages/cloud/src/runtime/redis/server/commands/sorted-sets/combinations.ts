/** Unions, intersections and differences of sorted sets. */
import { count, float } from "../../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../../command.ts";
import { RedisError, type Reply, syntaxError } from "../../reply.ts";
import { sortedSet, type SortedSet } from "../../sorted-set.ts";
import { shown, store } from "./members.ts";

/** The scores of a sorted set, or of a set, whose members count 1 each. */
function scoresOf({ db }: Call, key: string): Map<string, number> {
  const entry = db.get(key);
  if (entry?.type === "set") return new Map([...entry.value].map((member) => [member, 1]));
  return new Map((db.value(key, "zset")?.ordered() ?? []).map(({ member, score }) => [member, score]));
}

function combine(
  call: Call,
  kind: "union" | "inter" | "diff",
  args: readonly string[],
  name: string,
): { result: SortedSet; withScores: boolean } {
  const total = count(args[0]);
  if (total < 1) throw new RedisError(`ERR at least 1 input key is needed for '${name}' command`);
  const keys = args.slice(1, 1 + total);
  if (keys.length < total) throw syntaxError();
  const rest = args.slice(1 + total);
  const all = keys.map((key) => scoresOf(call, key));
  let weights = keys.map(() => 1);
  let [aggregate, withScores] = ["SUM", false];
  for (let at = 0; at < rest.length; at++) {
    const option = rest[at]!.toUpperCase();
    if (option === "WEIGHTS" && kind !== "diff" && rest.length - at > keys.length) {
      weights = keys.map((_, index) => float(rest[at + 1 + index], () => new RedisError("ERR weight value is not a float")));
      at += keys.length;
    } else if (option === "AGGREGATE" && kind !== "diff" && ["SUM", "MIN", "MAX"].includes(rest[at + 1]?.toUpperCase() ?? ""))
      aggregate = rest[++at]!.toUpperCase();
    else if (option === "WITHSCORES" && !name.endsWith("store")) withScores = true;
    else throw syntaxError();
  }
  const result = sortedSet();
  const members = kind === "union" ? new Set(all.flatMap((scores) => [...scores.keys()])) : all[0]!.keys();
  for (const member of members) {
    const holds = all.map((scores) => scores.has(member));
    if (kind === "inter" && holds.includes(false)) continue;
    if (kind === "diff" && holds.indexOf(true, 1) > 0) continue;
    const scores = all.flatMap((each, index) => (each.has(member) ? [each.get(member)! * weights[index]! || 0] : []));
    const score =
      kind === "diff"
        ? scores[0]!
        : scores.reduce((a, b) =>
            aggregate === "SUM" ? (Number.isNaN(a + b) ? 0 : a + b) : aggregate === "MIN" ? Math.min(a, b) : Math.max(a, b),
          );
    result.put(member, score);
  }
  return { result, withScores };
}

function combined(kind: "union" | "inter" | "diff") {
  return (call: Call): Reply => {
    const { result, withScores } = combine(call, kind, call.args, `z${kind}`);
    return shown(call, result.ordered(), withScores);
  };
}

function stored(kind: "union" | "inter" | "diff") {
  return (call: Call): Reply => {
    const { result } = combine(call, kind, call.args.slice(1), `z${kind}store`);
    return store(call, call.args[0]!, result);
  };
}

/** How many members all have; LIMIT ends the counting. */
function intersectionSize(call: Call): Reply {
  const total = Number(/^\d+$/.exec(call.args[0]!)?.[0] ?? 0);
  if (total < 1) throw new RedisError("ERR numkeys should be greater than 0");
  const keys = call.args.slice(1, 1 + total);
  const [option, limitText, ...rest] = call.args.slice(1 + total);
  if (keys.length < total) throw new RedisError("ERR Number of keys can't be greater than number of args");
  if (rest.length > 0 || (option !== undefined && (option.toUpperCase() !== "LIMIT" || limitText === undefined))) throw syntaxError();
  const { size } = combine(call, "inter", [String(total), ...keys], "zinter").result;
  if (limitText !== undefined && !/^\d+$/.test(limitText)) throw new RedisError("ERR LIMIT can't be negative");
  return Number(limitText ?? 0) > 0 ? Math.min(size, Number(limitText)) : size;
}

export const combinations: Commands = {
  ZINTERCARD: command(-3, "readonly", null, intersectionSize),
  ZUNION: command(-3, "readonly", null, combined("union")),
  ZINTER: command(-3, "readonly", null, combined("inter")),
  ZDIFF: command(-3, "readonly", null, combined("diff")),
  ZUNIONSTORE: command(-4, "write denyoom", oneKey, stored("union")),
  ZINTERSTORE: command(-4, "write denyoom", oneKey, stored("inter")),
  ZDIFFSTORE: command(-4, "write denyoom", oneKey, stored("diff")),
};
