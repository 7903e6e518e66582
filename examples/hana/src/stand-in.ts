/**
 * The model's stand-in: the same conversation gets the same answers, and each answer depends on the one before. So an answer proves that
 * every turn before it was done once and in order.
 */
import { createHash } from "node:crypto";
import type { Model } from "./model.ts";

// As a real model it takes a while, word by word.
const wordMs = 4;
/** `/wait 2000` at a prompt's beginning makes it think so many milliseconds longer, a minute at most. */
const wait = /^\/wait (\d{1,5})\b/;

export function standIn(pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))): Model {
  return {
    name: "stand-in",
    async answer(history, prompt, told) {
      const answer = standInAnswer(history.at(-1)?.result ?? "", prompt);
      await pause(Math.min(Number(wait.exec(prompt)?.[1] ?? 0), 60_000));
      for (const word of answer.split(/(?<= )/)) {
        await pause(wordMs);
        told(word);
      }
      return answer;
    },
  };
}

export function standInAnswer(previous: string, prompt: string): string {
  const words = prompt.match(/[\p{L}\p{N}]+/gu) ?? [];
  const thread = createHash("sha256").update(`${previous}\n${prompt}`).digest("hex").slice(0, 16);
  const longest = words.toSorted((a, b) => b.length - a.length)[0] ?? "nothing";
  return `You said ${words.length} ${words.length === 1 ? "word" : "words"}, the longest is "${longest}". Thread ${thread}.`;
}
