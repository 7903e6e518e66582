/** The app: a name, its stages, and the function that returns its inventory. */
import { noting, type Declaration, type Notes } from "./declaration.ts";
import { callSite, type Source } from "./source.ts";
import type { Context, Previews } from "./context.ts";
import type { Expect } from "./expect.ts";
import type { Hardening } from "./hardening.ts";
import type { Region } from "./region.ts";

/** What an app returns: things by name; groups within groups, as parts of the app returned them. */
export interface Inventory {
  readonly [key: string]: Declaration | Inventory | undefined;
}

/** The names of an inventory, those in its groups as well. */
export type NameIn<I> = string extends keyof I
  ? string
  : { [K in keyof I & string]: I[K] extends Declaration | undefined ? K : NameIn<I[K]> }[keyof I & string];

/** A rule of `plinth check` that shall not speak. */
export interface Waiver<Name extends string = string> {
  /** The rule's id, as `plinth check` shows it. */
  readonly rule: string;
  /** The thing of the inventory. @default all of them */
  readonly of?: Name;
  /** Why this is as it should be: shown wherever findings are. */
  readonly because: string;
}

export interface AppOptions<
  Stages extends readonly string[] = readonly string[],
  P extends Previews | undefined = Previews | undefined,
  Name extends string = string,
> {
  /** The region in which all of it stands. */
  readonly region: Region;
  /** The stages there are, beside `local`: lower-case letters, digits and `-`. @default any name is a stage */
  readonly stages?: Stages;
  /** Any other name is a preview, removed after its time. @default no previews */
  readonly previews?: P;
  /** The stages whose data is protected, and whose loss must be agreed to by name. @default none */
  readonly production?: readonly NoInfer<Stages[number]>[];
  /**
   * Who must not be able to reach whom, by the names in the inventory and `"internet"`: `[["internet", "database"]]`. Where one can, `plinth
   * plan` and `plinth check` fail and show the way. @default none
   */
  readonly never?: readonly (readonly ["internet" | NoInfer<Name>, "internet" | NoInfer<Name>])[];
  /** Rules of `plinth check` that shall not speak, each with its reason. @default none */
  readonly waive?: readonly Waiver<NoInfer<Name>>[];
  /** What production stages have beyond the others, and what of it shall not be: `{ accessLogs: false }`, or `false` for none. @default all of it */
  readonly hardening?: false | Hardening;
  /** How much it will be used: what `plinth cost` reckons with; `stages` has what differs in one. @default the figures in docs/cost.md */
  readonly expect?: Expect & { readonly stages?: { readonly [S in NoInfer<Stages[number]>]?: Expect } };
  /** US dollars a month that a stage may cost as expected; `plinth cost` ends with 9 above it. @default none */
  readonly budget?: number | { readonly [S in NoInfer<Stages[number]>]?: number };
}

/** The stages of an app, as a type. */
export type StageOf<Stages extends readonly string[], P> = string extends Stages[number]
  ? string
  : P extends Previews
    ? Stages[number] | "local" | (string & {})
    : Stages[number] | "local";

/** The symbol below which an app keeps its data. */
export const appData: unique symbol = Symbol.for("plinth.app");

export interface AppData {
  readonly name: string;
  readonly options: AppOptions;
  readonly source: Source | undefined;
  readonly declare: (context: Context) => Inventory;
}

/** An app. */
export interface App<I extends object = object, Stage extends string = string> {
  readonly [appData]: AppData;
  /** The things of this app in a stage, for another app. Refused for now, by name, when it is called. */
  in(stage: Stage): I;
}

/** An app's function, run for one stage. */
export interface DeclaredApp {
  readonly context: Context;
  readonly inventory: Inventory;
  readonly notes: Notes;
}

/** Declares an app. Its name is 1 to 24 lower-case letters, digits and `-`, a letter first. */
export function app<
  I extends Inventory,
  const Stages extends readonly string[] = readonly string[],
  const P extends Previews | undefined = undefined,
>(
  name: string,
  options: AppOptions<Stages, P, NameIn<I>>,
  declare: (context: Context<StageOf<Stages, P>>) => I,
): App<I, StageOf<Stages, P>> {
  const data: AppData = {
    name,
    options: options as unknown as AppOptions,
    source: callSite(),
    declare: declare as unknown as AppData["declare"],
  };
  return {
    [appData]: data,
    in(stage) {
      throw new TypeError(
        `${name}.in("${stage}"): an app cannot name the things of another app yet; name them as existing.vpc, existing.postgres, existing.bucket or existing.secret`,
      );
    },
  };
}

/** The data of an app, or `undefined` for anything else. */
export function appDataOf(value: unknown): AppData | undefined {
  if (typeof value !== "object" || value === null || !(appData in value)) return undefined;
  return value[appData] as AppData;
}

/** Why a name cannot be a stage of this app, or `undefined`. */
export function refusedStage(data: AppData, stage: string): string | undefined {
  const { stages, previews } = data.options;
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage)) {
    return `"${stage}" cannot be a stage: write 1 to 20 lower-case letters, digits and "-", a letter first`;
  }
  if (stage === "local" || !stages || previews || stages.includes(stage)) return undefined;
  return `${data.name} has no stage "${stage}": its stages are ${[...stages, "local"].join(", ")}`;
}

/** Runs an app's function for one stage. */
export function declareApp(data: AppData, { stage, local }: { stage: string; local: boolean }): DeclaredApp {
  const { stages = [], previews, production = [] } = data.options;
  const context: Context = {
    stage,
    production: production.includes(stage),
    preview: previews !== undefined && stage !== "local" && !stages.includes(stage),
    local,
    pick(cases) {
      const all = cases as Readonly<Record<string, unknown>>;
      return (Object.hasOwn(all, stage) ? all[stage] : all["else"]) as never;
    },
  };
  const { value, notes } = noting(() => data.declare(context));
  return { context, inventory: value, notes };
}
