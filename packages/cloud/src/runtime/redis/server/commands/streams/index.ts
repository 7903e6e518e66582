/** Streams and their consumer groups. */
import type { Commands } from "../../command.ts";
import { claims } from "./claims.ts";
import { entries } from "./entries.ts";
import { groups } from "./groups.ts";
import { information } from "./information.ts";
import { reads } from "./reads.ts";

export const streams: Commands = { ...entries, ...reads, ...groups, ...claims, ...information };
