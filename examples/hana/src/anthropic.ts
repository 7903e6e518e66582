/** Anthropic's Messages API, streamed (https://docs.anthropic.com/en/api/messages-streaming). */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { type Model, ModelRefusal } from "./model.ts";

const model = "claude-sonnet-4-5";
const maxTokens = 2048;
const timeoutMs = 120_000;
// Too many requests, overloaded, a fault of theirs: worth another attempt. Any other 4xx is not.
const worthRetrying = (status: number) => status === 408 || status === 409 || status === 429 || status >= 500;

export function anthropic({ key, endpoint = "https://api.anthropic.com" }: { key: string; endpoint?: string }): Model {
  return {
    name: model,
    async answer(history, prompt, told) {
      const messages = [
        ...history.flatMap((turn) => [
          { role: "user", content: turn.prompt },
          { role: "assistant", content: turn.result },
        ]),
        { role: "user", content: prompt },
      ];
      const response = await fetch(new URL("/v1/messages", endpoint), {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": key, "anthropic-version": "2023-06-01" },
        body: JSON.stringify({ model, max_tokens: maxTokens, stream: true, messages }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!response.ok) {
        const text = `the model answered ${response.status}: ${reason(await response.text())}`;
        throw worthRetrying(response.status) ? new Error(text) : new ModelRefusal(text);
      }
      return readStream(response.body as ReadableStream<Uint8Array>, told);
    },
  };
}

/** The text of a stream of server-sent events; one that breaks off is an error. */
async function readStream(body: ReadableStream<Uint8Array>, told: (text: string) => void): Promise<string> {
  let answer = "";
  for await (const line of createInterface({ input: Readable.fromWeb(body) })) {
    if (!line.startsWith("data:")) continue;
    const event = JSON.parse(line.slice("data:".length)) as {
      type: string;
      delta?: { type: string; text?: string };
      error?: { message: string };
    };
    if (event.type === "content_block_delta" && event.delta?.type === "text_delta") {
      answer += event.delta.text!;
      told(event.delta.text!);
    }
    if (event.type === "error") throw new Error(`the model broke off: ${event.error?.message}`);
    if (event.type === "message_stop") return answer;
  }
  throw new Error("the model's answer broke off");
}

function reason(body: string): string {
  try {
    return (JSON.parse(body) as { error: { message: string } }).error.message;
  } catch {
    return body.slice(0, 200);
  }
}
