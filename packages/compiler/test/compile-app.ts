/** Compiles an app for a test: an assembly, or its faults. */
import { fileURLToPath } from "node:url";
import type { App } from "@plinth/language";
import { AppFaults, compile, type Assembly, type Fault } from "../src/index.ts";

/** The folder that messages are relative to. */
export const testFolder = fileURLToPath(new URL(".", import.meta.url));

export function assemblyOf(app: App<object, never>, stage = "prod", { local = false, configFolder = testFolder } = {}): Assembly {
  return compile(app, { stage, local, configFolder });
}

export function faultsOf(app: App<object, never>, stage = "prod", { local = false } = {}): readonly Fault[] {
  try {
    compile(app, { stage, local, configFolder: testFolder });
  } catch (error) {
    if (error instanceof AppFaults) return error.faults;
    throw error;
  }
  return [];
}
