/** What every file that makes resources knows: the app, its stage, and the draft that it adds to. */
import type { DeletionPolicy } from "@plinth/cloudformation";
import type { AnyDeclared } from "@plinth/language/reading";
import type { SecretSlot } from "./assembly.ts";
import type { Hardening } from "@plinth/language";
import type { Draft } from "./draft.ts";
import type { Origin } from "./origin.ts";
import type { FaultList } from "./faults.ts";
import type { NamedInventory } from "./inventory.ts";
import type { WiredProgram } from "./wiring.ts";
import type { Here, Made, Value } from "./value.ts";

export interface Compilation {
  readonly app: string;
  readonly stage: string;
  /** `{app}-{stage}`. */
  readonly stem: string;
  readonly region: string;
  readonly production: boolean;
  /** What it has beyond other stages. */
  readonly hardened: Required<Hardening>;
  /** A stage that nobody misses: a preview, or `local`. */
  readonly passing: boolean;
  /** Whether it goes to the embedded cloud. */
  readonly local: boolean;
  readonly configFolder: string;
  readonly draft: Draft;
  readonly faults: FaultList;
  readonly inventory: NamedInventory;
  readonly programs: readonly WiredProgram[];
  readonly slots: SecretSlot[];
  /** The key that encrypts secrets, log groups, queues and topics; none where AWS's own do. */
  readonly key: Made | undefined;
  /** The origin of what a declaration makes. */
  origin(of: { readonly key: string; readonly declared: AnyDeclared }): Origin;
}

/** Permission for a role. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: (here: Here) => unknown[];
  /** What encrypts the resources: of it, it allows what the actions need. @default nothing, or a key of AWS */
  readonly key?: Made | undefined;
  /** When it holds. @default always */
  readonly condition?: (here: Here) => object;
}

/** How a reference comes into a container. */
export type Injection =
  /** As an open variable. */
  | { readonly kind: "open"; readonly value: (here: Here) => unknown }
  /** As a secret that ECS reads with the execution role when the task starts. */
  | {
      readonly kind: "secret";
      readonly valueFrom: (here: Here) => unknown;
      readonly grant: Grant;
      /** The slot that an operator fills. */
      readonly slot?: string;
      /** A generated one, which is made again when what it opens changes. */
      readonly connection?: Value;
      /** For an optional one: `true` when it has a value. */
      readonly present?: Value;
    };

/** What a thing offers to the programs that name it. */
export interface Target {
  inject(facet: string | undefined, detail: string | readonly string[] | undefined): Injection;
  /** An open part of it (host, port) as text takes it. */
  open?(facet: string | undefined): ((here: Here) => unknown) | undefined;
  /** What the program's own role may do. */
  grants?(facet: string | undefined, detail: string | readonly string[] | undefined): Grant[];
}

/** What becomes of data when its stack is deleted, or when it is replaced. */
export function fateOfData({ production, passing }: Pick<Compilation, "production" | "passing">): {
  snapshot: { DeletionPolicy: DeletionPolicy; UpdateReplacePolicy: "Snapshot" | "Delete" };
  keep: { DeletionPolicy: DeletionPolicy; UpdateReplacePolicy: "Retain" | "Delete" };
} {
  return {
    snapshot: passing
      ? { DeletionPolicy: "Delete", UpdateReplacePolicy: "Delete" }
      : { DeletionPolicy: "Snapshot", UpdateReplacePolicy: "Snapshot" },
    keep: production
      ? { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" }
      : { DeletionPolicy: "Delete", UpdateReplacePolicy: "Delete" },
  };
}

/** Nothing worth keeping. */
export const deleted = { DeletionPolicy: "Delete", UpdateReplacePolicy: "Delete" } as const;

/** A `Fn::Sub` with its variables, or the bare text where there are none. */
export function sub(text: string, variables: Record<string, unknown> = {}): unknown {
  if (Object.keys(variables).length > 0) return { "Fn::Sub": [text, variables] };
  return text.includes("${") ? { "Fn::Sub": text } : text;
}
