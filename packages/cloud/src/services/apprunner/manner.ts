/** How App Runner's front speaks where it answers by itself: Envoy's words, as plain text. Source: Envoy, "Response code details". */
import type { Answer, Manner } from "../../runtime/load-balancer/answers.ts";

const words: Readonly<Record<number, string>> = {
  403: "",
  404: "",
  429: "too many requests",
  502: "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
  503: "no healthy upstream",
  504: "upstream request timeout",
};

export const envoyAnswer = (status: number): Answer => ({
  status,
  headers: [["Content-Type", "text/plain"]],
  body: Buffer.from(words[status] ?? ""),
});

/** Where a load balancer says 502 because a target did not answer, Envoy says 503. */
export const envoyManner: Manner = {
  serverName: "envoy",
  errorAnswer: (status) => (status === 502 ? { ...envoyAnswer(502), status: 503 } : envoyAnswer(status)),
};
