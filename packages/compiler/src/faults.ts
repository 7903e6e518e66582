/** What is wrong with an app: every fault at once, each with the key, what is wrong, and what would be right. */
import path from "node:path";
import type { Source } from "@plinth/language/reading";

/** One fault of an app. */
export interface Fault {
  /** What kind of fault it is, in kebab case: scripts may rely on it. */
  readonly code: string;
  /** The inventory key of the thing at fault. */
  readonly key?: string;
  /** A sentence that names the thing, and says what is wrong and what would be right. */
  readonly message: string;
  /** `plinth.config.ts:7` */
  readonly source?: string;
  /** What to do, where the message does not say it. */
  readonly remedy?: string;
}

/** An app that does not hold: nothing was compiled. */
export class AppFaults extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map((fault) => fault.message).join("\n"));
    this.name = "AppFaults";
    this.faults = faults;
  }
}

/** Collects faults while an app is looked at. */
export interface FaultList {
  readonly all: readonly Fault[];
  /** Notes a fault; `at` is where the thing was declared. */
  add(fault: { code: string; key?: string; message: string; at?: Source | undefined; remedy?: string }): void;
  /** How messages name a line: relative to the config's folder; `?` where it is not known. */
  where(source: Source | undefined): string;
}

export function faultList(configFolder: string): FaultList {
  const all: Fault[] = [];
  /** Of files as messages name them: an app is one or a few, and each of its things is asked for again and again. */
  const names = new Map<string, string>();
  const nameOf = (file: string): string => {
    const relative = path.relative(configFolder, file);
    return relative.startsWith("..") ? path.basename(file) : relative;
  };
  const where = (source: Source | undefined): string => {
    if (!source) return "?";
    const { file, line } = source;
    let name = names.get(file);
    if (name === undefined) names.set(file, (name = nameOf(file)));
    return `${name}:${line}`;
  };
  return {
    all,
    where,
    add({ code, key, message, at, remedy }) {
      all.push({
        code,
        ...(key !== undefined && { key }),
        message,
        ...(at && { source: where(at) }),
        ...(remedy !== undefined && { remedy }),
      });
    },
  };
}

/** @throws {AppFaults} all that were noted, if any were */
export function throwFaults(faults: Pick<FaultList, "all">): void {
  if (faults.all.length > 0) throw new AppFaults([...faults.all]);
}
