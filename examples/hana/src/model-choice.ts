/** Which model answers: Anthropic's with a real key, else the stand-in, which needs no network. */
import { anthropic } from "./anthropic.ts";
import type { Model } from "./model.ts";
import { standIn } from "./stand-in.ts";

// Keys of the Messages API: `sk-ant-api03-` and some 90 characters more. What a manual gives as an example is none.
const realKey = /^sk-ant-[a-z]+\d\d-[\w-]{80,}$/;

export function chooseModel(key: string): Model {
  return realKey.test(key) ? anthropic({ key }) : standIn();
}
