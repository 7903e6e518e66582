/** The stream that a key holds, and how an entry of it is answered. */
import type { Call } from "../../command.ts";
import type { Reply } from "../../reply.ts";
import { idText, type Stream, type StreamEntry } from "../../stream.ts";

export const streamAt = ({ db }: Call, key: string): Stream | undefined => db.value(key, "stream");

export const shown = ({ id, fields }: StreamEntry): Reply => [idText(id), fields];
