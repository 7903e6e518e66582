/** How long a preview lives without a deploy, as the app says it. */
import { durationSeconds, type AppData } from "@plinth/language/reading";
import type { Assembly } from "./assembly.ts";

export function previewLife({ options }: AppData, stage: string): Pick<Assembly, "expireAfterMs"> {
  const { stages = [], previews } = options;
  if (previews === undefined || stage === "local" || stages.includes(stage)) return {};
  const seconds = durationSeconds(previews.expireAfter);
  return seconds === undefined ? {} : { expireAfterMs: seconds * 1_000 };
}
