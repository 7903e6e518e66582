/** The apps in the stages in which their templates differ: what every template must hold is asked of all of these. */
import arive from "../../../../examples/arive/plinth.config.ts";
import hana from "../../../../examples/hana/plinth.config.ts";
import hebo from "../../../../examples/hebo/plinth.config.ts";
import plue from "../../../../examples/plue/plinth.config.ts";
import threa from "../../../../examples/threa/plinth.config.ts";
import type { Assembly } from "../../src/index.ts";
import { assemblyOf } from "../compile-app.ts";
import { beside, busy, closed, everything, lasting, smallest, wide } from "./index.ts";

export const assemblies: Readonly<Record<string, Assembly>> = {
  "threa local": assemblyOf(threa, "local", { local: true }),
  "threa prod": assemblyOf(threa, "prod"),
  "threa budget": assemblyOf(threa, "budget"),
  "hana local": assemblyOf(hana, "local", { local: true }),
  "hana dev": assemblyOf(hana, "dev"),
  "hana prod": assemblyOf(hana, "prod"),
  "arive local": assemblyOf(arive, "local", { local: true }),
  "arive dev": assemblyOf(arive, "dev"),
  "arive staging": assemblyOf(arive, "staging"),
  "arive prod": assemblyOf(arive, "prod"),
  "plue dev": assemblyOf(plue, "dev"),
  "plue production": assemblyOf(plue, "production"),
  "plue resilient": assemblyOf(plue, "resilient"),
  "hebo local": assemblyOf(hebo, "local", { local: true }),
  "hebo preview": assemblyOf(hebo, "pull-7"),
  "hebo production": assemblyOf(hebo, "production"),
  everything: assemblyOf(everything, "prod"),
  "everything preview": assemblyOf(everything, "pull-17"),
  "everything local": assemblyOf(everything, "local", { local: true }),
  "busy dev": assemblyOf(busy, "dev"),
  "busy prod": assemblyOf(busy, "prod"),
  "busy local": assemblyOf(busy, "local", { local: true }),
  "wide dev": assemblyOf(wide, "dev"),
  "wide prod": assemblyOf(wide, "prod"),
  "wide local": assemblyOf(wide, "local", { local: true }),
  closed: assemblyOf(closed),
  beside: assemblyOf(beside),
  lasting: assemblyOf(lasting),
  "lasting local": assemblyOf(lasting, "local", { local: true }),
  ...Object.fromEntries(Object.entries(smallest).map(([name, app]) => [name, assemblyOf(app)])),
};
