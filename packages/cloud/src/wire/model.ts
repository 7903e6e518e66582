/** A service's operations and shapes, loaded at the service's first call and linked as they are used. */
import { readFileSync } from "node:fs";
import type { ErrorRecord, MemberRecord, ModelRecord, OperationRecord, ScalarTarget, Target, Traits } from "./model-record.ts";
import type { WireService } from "./services.ts";

export type { Traits } from "./model-record.ts";

export type Shape = Scalar | ListShape | MapShape | Structure;

export interface Scalar {
  readonly kind: "string" | "number" | "boolean" | "blob" | "stream" | "document" | "timestamp";
  /** Of timestamps: overrides the protocol's own. */
  readonly format?: TimestampFormat;
}

export type TimestampFormat = "date-time" | "http-date" | "epoch-seconds";

export interface ListShape {
  readonly kind: "list";
  readonly member: Member;
}

export interface MapShape {
  readonly kind: "map";
  readonly key: Member;
  readonly value: Member;
}

export interface Structure {
  readonly kind: "structure";
  readonly name: string;
  /** Exactly one member is set. */
  readonly union: boolean;
  readonly members: ReadonlyMap<string, Member>;
  readonly required: readonly Member[];
}

export interface Member {
  readonly name: string;
  readonly shape: Shape;
  readonly traits: Traits;
  readonly required: boolean;
}

export interface OperationModel {
  readonly name: string;
  readonly input: Structure;
  readonly output: Structure;
  /** Whether AWS's model has an output at all: a query answer without one has no result element. */
  readonly hasOutput: boolean;
  readonly http: OperationRecord["http"];
  readonly outputName: string;
}

export interface ErrorModel {
  /** The shape's name. */
  readonly name: string;
  /** The code on the wire in query protocols. */
  readonly code: string;
  readonly status: number | undefined;
  readonly fault: "client" | "server";
  readonly shape: Structure;
}

export interface Model {
  readonly service: WireService;
  readonly operations: ReadonlyMap<string, OperationModel>;
  /** By a code: the shape's name, or what stands for it in query protocols. */
  errorByCode(code: string): ErrorModel | undefined;
}

const empty: Structure = { kind: "structure", name: "Unit", union: false, members: new Map(), required: [] };
const noTraits: Traits = {};
/** Schemas never change while a process lives, so all clouds in it share them. */
const loaded = new Map<string, Model>();

export function modelOf(service: WireService): Model {
  let model = loaded.get(service.id);
  if (!model) {
    const text = readFileSync(new URL(`./generated/${service.id}.json`, import.meta.url), "utf8");
    loaded.set(service.id, (model = link(service, JSON.parse(text) as ModelRecord)));
  }
  return model;
}

function link(service: WireService, { operations, errors, shapes }: ModelRecord): Model {
  const linked: (Exclude<Shape, Scalar> | undefined)[] = [];
  const scalars = new Map<ScalarTarget, Scalar>();

  const shapeOf = (target: Target): Shape => (typeof target === "number" ? shapeAt(target) : scalarOf(target));
  const scalarOf = (target: ScalarTarget): Scalar => {
    let scalar = scalars.get(target);
    if (!scalar) {
      const [kind, format] = target.split(":") as [Scalar["kind"], TimestampFormat | undefined];
      scalars.set(target, (scalar = { kind, ...(format && { format }) }));
    }
    return scalar;
  };
  const memberOf = ([name, target, traits = noTraits]: MemberRecord, required: boolean): Member => {
    if (typeof target !== "number") return { name, shape: scalarOf(target), traits, required };
    let shape: Shape | undefined;
    return {
      name,
      traits,
      required,
      get shape() {
        return (shape ??= shapeAt(target));
      },
    };
  };
  const shapeAt = (index: number): Exclude<Shape, Scalar> => (linked[index] ??= makeShape(index));
  const makeShape = (index: number): Exclude<Shape, Scalar> => {
    const record = shapes[index]!;
    if (record[0] === "list") return { kind: "list", member: memberOf(["member", record[1], ...record.slice(2)] as MemberRecord, true) };
    if (record[0] === "map") return { kind: "map", key: memberOf(record[1], true), value: memberOf(record[2], true) };
    const [kind, name, members, requiredCount] = record;
    const all = members.map((member, place) => memberOf(member, place < requiredCount));
    return {
      kind: "structure",
      name,
      union: kind === "union",
      members: new Map(all.map((member) => [member.name, member])),
      required: all.slice(0, requiredCount),
    };
  };
  const structureAt = (index: number | undefined) => (index === undefined ? empty : (shapeOf(index) as Structure));

  const operationModel = (name: string, record: OperationRecord): OperationModel => ({
    name,
    get input() {
      return structureAt(record.input);
    },
    get output() {
      return structureAt(record.output);
    },
    hasOutput: record.output !== undefined,
    http: record.http,
    outputName: record.outputName ?? (record.output === undefined ? name : (shapes[record.output]![1] as string)),
  });
  const errorModel = (name: string, record: ErrorRecord): ErrorModel => ({
    name,
    code: record.code ?? name,
    status: record.status,
    fault: record.fault ?? "client",
    get shape() {
      return structureAt(record.shape);
    },
  });
  const allErrors = Object.entries(errors).map(([name, record]) => errorModel(name, record));
  const byCode = new Map([...allErrors.map((each) => [each.code, each] as const), ...allErrors.map((each) => [each.name, each] as const)]);

  return {
    service,
    operations: new Map(Object.entries(operations).map(([name, record]) => [name, operationModel(name, record)])),
    errorByCode: (code) => byCode.get(code),
  };
}
