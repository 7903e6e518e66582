/** What is said after a destruction: what is left, and what that costs a month. */
import type { DestroyResult } from "@plinth/deployer";
import { priceRemain } from "@plinth/pricing";
import { readOverlay } from "../app/price-app.ts";

export function remainLines(
  { left, remains }: DestroyResult,
  place: { app: string; stage: string; region: string },
  folder: string,
): string[] {
  const { app, stage, region } = place;
  if (left.length === 0) return ["", `${app} ${stage} is gone. Nothing is left.`];
  const overlay = readOverlay(folder);
  const costs = remains.map((remain) => ({ text: remain.text, usd: priceRemain(remain, region, overlay) }));
  const known = costs.flatMap(({ usd }) => usd ?? []);
  const lines = left.map((text) => {
    const usd = costs.find((cost) => cost.text === text)?.usd;
    return `  ${text}${usd === undefined ? "" : `, about ${dollars(usd)} a month`}`;
  });
  const sum = known.reduce((total, usd) => total + usd, 0);
  return [
    "",
    `${app} ${stage} is gone. Left are:`,
    ...lines,
    ...(known.length > 0 ? [`  Together about ${dollars(sum)} a month. A snapshot is counted as large as its database's storage.`] : []),
  ];
}

const dollars = (usd: number) => (usd > 0 && usd < 0.01 ? "less than $0.01" : `$${usd.toFixed(2)}`);
