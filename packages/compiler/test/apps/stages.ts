/** The apps in the stages in which their templates differ: what every template must hold is asked of all of these. */
import hana from "../../../../examples/hana/plinth.config.ts";
import threa from "../../../../examples/threa/plinth.config.ts";
import type { Assembly } from "../../src/index.ts";
import { assemblyOf } from "../compile-app.ts";
import { beside, busy, closed, everything, lasting, smallest } from "./index.ts";

export const assemblies: Readonly<Record<string, Assembly>> = {
  "threa local": assemblyOf(threa, "local", { local: true }),
  "threa prod": assemblyOf(threa, "prod"),
  "threa budget": assemblyOf(threa, "budget"),
  "hana local": assemblyOf(hana, "local", { local: true }),
  "hana dev": assemblyOf(hana, "dev"),
  "hana prod": assemblyOf(hana, "prod"),
  everything: assemblyOf(everything, "prod"),
  "everything preview": assemblyOf(everything, "pull-17"),
  "everything local": assemblyOf(everything, "local", { local: true }),
  "busy dev": assemblyOf(busy, "dev"),
  "busy prod": assemblyOf(busy, "prod"),
  "busy local": assemblyOf(busy, "local", { local: true }),
  closed: assemblyOf(closed),
  beside: assemblyOf(beside),
  lasting: assemblyOf(lasting),
  "lasting local": assemblyOf(lasting, "local", { local: true }),
  ...Object.fromEntries(Object.entries(smallest).map(([name, app]) => [name, assemblyOf(app)])),
};
