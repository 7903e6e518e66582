/** The table of commands. */
import type { Commands } from "../command.ts";
import { administration } from "./administration.ts";
import { bitFields } from "./bit-fields.ts";
import { connection } from "./connection.ts";
import { functions } from "./functions.ts";
import { geography } from "./geography.ts";
import { hashes } from "./hashes.ts";
import { hyperLogLogs } from "./hyper-log-logs.ts";
import { keys } from "./keys.ts";
import { lists } from "./lists.ts";
import { publishing } from "./publishing.ts";
import { scripting } from "./scripting.ts";
import { sets } from "./sets.ts";
import { sortedSets } from "./sorted-sets/index.ts";
import { streams } from "./streams/index.ts";
import { strings } from "./strings.ts";
import { transactions } from "./transactions.ts";

export const commandTable: Commands = {
  ...connection,
  ...administration,
  ...transactions,
  ...publishing,
  ...keys,
  ...strings,
  ...hashes,
  ...lists,
  ...sets,
  ...sortedSets,
  ...streams,
  ...bitFields,
  ...hyperLogLogs,
  ...geography,
  ...scripting,
  ...functions,
};
