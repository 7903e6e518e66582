/** Sorted sets. */
import type { Commands } from "../../command.ts";
import { combinations } from "./combinations.ts";
import { pops } from "./pops.ts";
import { ranges } from "./ranges.ts";
import { scores } from "./scores.ts";

export const sortedSets: Commands = { ...scores, ...ranges, ...pops, ...combinations };
