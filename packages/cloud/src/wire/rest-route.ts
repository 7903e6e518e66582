/** Which operation a REST request means: by method, path, query and the headers that tell siblings apart. */
import type { Model, OperationModel } from "./model.ts";

export interface RestRequest {
  method: string;
  /** Below the bucket, for S3; percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, unknown>>;
  /** S3's bucket, which stands in no path template. */
  bucket?: string | undefined;
}

export interface RestMatch {
  operation: OperationModel;
  labels: Record<string, string>;
}

interface Route {
  operation: OperationModel;
  method: string;
  segments: readonly ({ literal: string } | { label: string; greedy: boolean })[];
  /** Pairs that the query has to hold; no value means any. */
  query: readonly (readonly [name: string, value: string])[];
  requiredQuery: readonly string[];
  requiredHeaders: readonly string[];
  wantsBucket: boolean;
  score: number;
}

const tables = new WeakMap<Model, Map<string, Route[]>>();

export function matchRest(model: Model, request: RestRequest): RestMatch | undefined {
  let table = tables.get(model);
  if (!table) tables.set(model, (table = routesOf(model)));
  const segments = request.path.replace(/^\//, "").split("/");
  for (const route of table.get(request.method) ?? []) {
    const labels = matchPath(route, segments);
    if (!labels) continue;
    if (route.wantsBucket !== (request.bucket !== undefined)) continue;
    if (!route.query.every(([name, value]) => (value === "" ? request.query.has(name) : request.query.get(name) === value))) continue;
    if (!route.requiredQuery.every((name) => request.query.has(name))) continue;
    if (!route.requiredHeaders.every((name) => request.headers[name] !== undefined)) continue;
    return { operation: route.operation, labels: request.bucket === undefined ? labels : { ...labels, Bucket: request.bucket } };
  }
  return undefined;
}

/** By method, the most specific first. */
function routesOf(model: Model): Map<string, Route[]> {
  const table = new Map<string, Route[]>();
  for (const operation of model.operations.values()) {
    if (!operation.http) continue;
    const [method, template] = operation.http;
    const [path, literals = ""] = template.split("?") as [string, string?];
    const segments = path
      .slice(1)
      .split("/")
      .map((part) => (part.startsWith("{") ? { label: part.replaceAll(/[{}+]/g, ""), greedy: part.endsWith("+}") } : { literal: part }));
    // `x-id` only names the operation for people.
    const query = [...new URLSearchParams(literals)].filter(([name]) => name !== "x-id");
    const required = operation.input.required;
    const requiredQuery = required.flatMap(({ traits }) => traits.httpQuery ?? []);
    // Headers tell operations apart (`x-amz-copy-source`) only where nothing in the query does.
    const requiredHeaders = query.length > 0 ? [] : required.flatMap(({ traits }) => traits.httpHeader?.toLowerCase() ?? []);
    const wantsBucket = operation.input.members.get("Bucket")?.traits.httpLabel === 1 && !path.includes("{Bucket}");
    const score =
      segments.filter((segment) => "literal" in segment && segment.literal !== "").length * 1000 +
      query.length * 100 +
      (requiredQuery.length + requiredHeaders.length) * 10 +
      segments.length;
    const routes = table.get(method) ?? [];
    routes.push({ operation, method, segments, query, requiredQuery, requiredHeaders, wantsBucket, score });
    table.set(method, routes);
  }
  for (const routes of table.values()) routes.sort((a, b) => b.score - a.score);
  return table;
}

function matchPath(route: Route, given: readonly string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  for (let index = 0; index < route.segments.length; index++) {
    const segment = route.segments[index]!;
    if ("literal" in segment) {
      if (given[index] !== segment.literal) return undefined;
    } else if (segment.greedy) {
      const rest = given.slice(index).join("/");
      if (rest === "") return undefined;
      labels[segment.label] = rest;
      return labels;
    } else {
      if (!given[index]) return undefined;
      labels[segment.label] = given[index]!;
    }
  }
  // The key `/` in a bucket is no empty segment at the end.
  if (route.wantsBucket && given.length > route.segments.length) return undefined;
  return given.length === route.segments.length || (given.length === route.segments.length + 1 && given.at(-1) === "") ? labels : undefined;
}
