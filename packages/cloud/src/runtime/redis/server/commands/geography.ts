/** Places in sorted sets: GEOADD, distances, and what lies near. */
import { count, float } from "../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../command.ts";
import { distanceMeters, geohashText, isInBox, maxLatitude, type Place, placeOf, scoreOf } from "../geohash.ts";
import { nullArray, RedisError, type Reply, syntaxError } from "../reply.ts";
import { sortedSet } from "../sorted-set.ts";
import { double, sortedSetAt, store } from "./sorted-sets/members.ts";

const unitMeters: Readonly<Record<string, number>> = { m: 1, km: 1000, ft: 0.3048, mi: 1609.34 };

function unit(text: string | undefined): number {
  const found = unitMeters[text?.toLowerCase() ?? ""];
  if (found === undefined) throw new RedisError("ERR unsupported unit provided. please use M, KM, FT, MI");
  return found;
}

function place(longitudeText: string | undefined, latitudeText: string | undefined): Place {
  const [longitude, latitude] = [float(longitudeText), float(latitudeText)];
  if (Math.abs(longitude) > 180 || Math.abs(latitude) > maxLatitude)
    throw new RedisError(`ERR invalid longitude,latitude pair ${longitude.toFixed(6)},${latitude.toFixed(6)}`);
  return { longitude, latitude };
}

/** Exact to 17 places, as Redis prints them. */
const coordinate = (value: number): string => value.toFixed(17).replace(/\.?0+$/, "");
const shownPlace = (call: Call, { longitude, latitude }: Place): Reply =>
  call.session.protocol === 3 ? [double(longitude), double(latitude)] : [coordinate(longitude), coordinate(latitude)];

function add(call: Call): Reply {
  const [key, ...rest] = call.args as [string, ...string[]];
  const flags = new Set<string>();
  while (rest.length > 0 && ["NX", "XX", "CH"].includes(rest[0]!.toUpperCase())) flags.add(rest.shift()!.toUpperCase());
  if (rest.length === 0 || rest.length % 3 || (flags.has("NX") && flags.has("XX"))) throw syntaxError();
  const items: [member: string, score: number][] = [];
  for (let at = 0; at < rest.length; at += 3) items.push([rest[at + 2]!, scoreOf(place(rest[at], rest[at + 1]))]);
  const set = sortedSetAt(call, key) ?? (flags.has("XX") ? undefined : call.db.make(key, "zset", sortedSet));
  if (!set) return 0;
  let [added, changed] = [0, 0];
  for (const [member, score] of items) {
    const before = set.score(member);
    if ((before === undefined && flags.has("XX")) || (before !== undefined && flags.has("NX"))) continue;
    if (set.put(member, score)) added++;
    if (before !== score) changed++;
  }
  call.db.touch(key);
  return flags.has("CH") ? changed : added;
}

function distance(call: Call): Reply {
  const [key, from, to, unitText, ...rest] = call.args as [string, string, string, ...string[]];
  if (rest.length > 0) throw syntaxError();
  const meters = unitText === undefined ? 1 : unit(unitText);
  const set = sortedSetAt(call, key);
  const [a, b] = [set?.score(from), set?.score(to)];
  if (a === undefined || b === undefined) return null;
  return (distanceMeters(placeOf(a), placeOf(b)) / meters).toFixed(4);
}

interface Search {
  center: Place | { member: string };
  shape: { radius: number } | { width: number; height: number };
  unit: number;
  order?: "ASC" | "DESC";
  limit: number;
  show: Set<string>;
  storeDistance: boolean;
  target?: string;
}

interface Near {
  member: string;
  score: number;
  place: Place;
  meters: number;
}

function near(call: Call, key: string, { center, shape, order, limit }: Search): Near[] {
  const set = sortedSetAt(call, key);
  if (!set) return [];
  let middle: Place;
  if ("member" in center) {
    const score = set.score(center.member);
    if (score === undefined) throw new RedisError("ERR could not decode requested zset member");
    middle = placeOf(score);
  } else middle = center;
  let found = set
    .ordered()
    .map(({ member, score }) => ({ member, score, place: placeOf(score) }))
    .map((each) => ({ ...each, meters: distanceMeters(middle, each.place) }))
    .filter((each) => ("radius" in shape ? each.meters <= shape.radius : isInBox(middle, each.place, shape.width, shape.height)));
  const sorting = order ?? (limit < Infinity ? "ASC" : undefined);
  if (sorting) found = found.sort((a, b) => (sorting === "ASC" ? a.meters - b.meters : b.meters - a.meters));
  return found.slice(0, limit);
}

function answered(call: Call, key: string, search: Search): Reply {
  const found = near(call, key, search);
  if (search.target !== undefined) {
    const result = sortedSet();
    for (const { member, score, meters } of found) result.put(member, search.storeDistance ? meters / search.unit : score);
    return store(call, search.target, result);
  }
  if (search.show.size === 0) return found.map(({ member }) => member);
  return found.map((each) => [
    each.member,
    ...(search.show.has("WITHDIST") ? [(each.meters / search.unit).toFixed(4)] : []),
    ...(search.show.has("WITHHASH") ? [each.score] : []),
    ...(search.show.has("WITHCOORD") ? [shownPlace(call, each.place)] : []),
  ]);
}

/** The options that the older and the newer commands share; gives how many words it took, 0 where it is another's. */
function commonOption(words: readonly string[], at: number, search: Search): number {
  const name = words[at]!.toUpperCase();
  if (["WITHDIST", "WITHHASH", "WITHCOORD"].includes(name)) search.show.add(name);
  else if (name === "ASC" || name === "DESC") search.order = name;
  else if (name === "COUNT") {
    search.limit = count(words[at + 1]);
    if (search.limit <= 0) throw new RedisError("ERR COUNT must be > 0");
    if (words[at + 2]?.toUpperCase() !== "ANY") return 2;
    return 3;
  } else return 0;
  return 1;
}

const emptySearch = (): Pick<Search, "limit" | "show" | "storeDistance"> => ({ limit: Infinity, show: new Set(), storeDistance: false });
const radiusOf = (text: string | undefined) => {
  const value = float(text, () => new RedisError("ERR need numeric radius"));
  if (value < 0) throw new RedisError("ERR radius cannot be negative");
  return value;
};

function geoSearch(storing: boolean) {
  return (call: Call): Reply => {
    const [target, words] = storing ? [call.args[0], call.args.slice(1)] : [undefined, call.args];
    const [key, ...rest] = words as [string, ...string[]];
    sortedSetAt(call, key); // its type is checked before all else
    let [center, shape] = [undefined as Search["center"] | undefined, undefined as Search["shape"] | undefined];
    const search = { ...emptySearch(), unit: 1, ...(target !== undefined && { target }) } as Search;
    for (let at = 0; at < rest.length;) {
      const name = rest[at]!.toUpperCase();
      const taken = commonOption(rest, at, search);
      at += taken;
      if (taken > 0) continue;
      if (name === "FROMMEMBER" && !center && rest[at + 1] !== undefined) {
        center = { member: rest[at + 1]! };
        at += 2;
      } else if (name === "FROMLONLAT" && !center && rest[at + 2] !== undefined) {
        center = place(rest[at + 1], rest[at + 2]);
        at += 3;
      } else if (name === "BYRADIUS" && !shape && rest[at + 2] !== undefined) {
        search.unit = unit(rest[at + 2]);
        shape = { radius: radiusOf(rest[at + 1]) * search.unit };
        at += 3;
      } else if (name === "BYBOX" && !shape && rest[at + 3] !== undefined) {
        search.unit = unit(rest[at + 3]);
        const [width, height] = [float(rest[at + 1]), float(rest[at + 2])];
        if (width < 0 || height < 0) throw new RedisError("ERR height or width cannot be negative");
        shape = { width: width * search.unit, height: height * search.unit };
        at += 4;
      } else if (name === "STOREDIST" && storing) {
        search.storeDistance = true;
        at++;
      } else throw syntaxError();
    }
    const called = storing ? "geosearchstore" : "geosearch";
    if (!center) throw new RedisError(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${called}`);
    if (!shape) throw new RedisError(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${called}`);
    return answered(call, key, Object.assign(search, { center, shape }));
  };
}

function radius(by: "place" | "member", readOnly: boolean) {
  return (call: Call): Reply => {
    const [key, ...rest] = call.args as [string, ...string[]];
    sortedSetAt(call, key);
    const center = by === "member" ? { member: rest.shift()! } : place(rest.shift(), rest.shift());
    const [radiusText, unitText, ...options] = rest;
    const meters = unit(unitText);
    const search: Search = { ...emptySearch(), center, unit: meters, shape: { radius: radiusOf(radiusText) * meters } };
    for (let at = 0; at < options.length;) {
      const name = options[at]!.toUpperCase();
      const taken = commonOption(options, at, search);
      at += taken;
      if (taken > 0) continue;
      if (readOnly || (name !== "STORE" && name !== "STOREDIST") || options[at + 1] === undefined) throw syntaxError();
      search.target = options[at + 1]!;
      search.storeDistance = name === "STOREDIST";
      at += 2;
    }
    if (search.target === undefined) call.propagate();
    return answered(call, key, search);
  };
}

export const geography: Commands = {
  GEOADD: command(-5, "write denyoom", oneKey, add),
  GEOPOS: command(-2, "readonly", oneKey, (call) => {
    const set = sortedSetAt(call, call.args[0]!);
    return call.args.slice(1).map((member) => {
      const score = set?.score(member);
      return score === undefined ? nullArray : shownPlace(call, placeOf(score));
    });
  }),
  GEODIST: command(-4, "readonly", oneKey, distance),
  GEOHASH: command(-2, "readonly", oneKey, (call) => {
    const set = sortedSetAt(call, call.args[0]!);
    return call.args.slice(1).map((member) => {
      const score = set?.score(member);
      return score === undefined ? null : geohashText(placeOf(score));
    });
  }),
  GEOSEARCH: command(-7, "readonly", oneKey, geoSearch(false)),
  GEOSEARCHSTORE: command(-8, "write denyoom", [1, 2, 1], geoSearch(true)),
  GEORADIUS: command(-6, "write denyoom", oneKey, radius("place", false)),
  GEORADIUS_RO: command(-6, "readonly", oneKey, radius("place", true)),
  GEORADIUSBYMEMBER: command(-5, "write denyoom", oneKey, radius("member", false)),
  GEORADIUSBYMEMBER_RO: command(-5, "readonly", oneKey, radius("member", true)),
};
