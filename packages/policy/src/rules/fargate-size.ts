/** CPU and memory of a task go together on Fargate. */
import { asList, asNumber } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

/** Memory in MiB that each size of CPU takes on Fargate: from, to, in steps (ECS developer guide, task size). */
const sizes: Record<number, readonly [from: number, to: number, step: number]> = {
  256: [512, 2048, 1024],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
};

/** `1024`, `1 vCPU`, `2 GB`. */
function units(value: unknown, unit: number, words: RegExp): number | undefined {
  const [, number] = words.exec(String(value ?? "")) ?? [];
  return number === undefined ? asNumber(value) : Number(number) * unit;
}

const types = ["AWS::ECS::TaskDefinition"];

export const rule: Rule = {
  id: "fargate-size",
  severity: "high",
  controls: [],
  types,
  reason: "ECS refuses the task definition.",
  remedy: "Choose a pair of the ECS developer guide, such as 256 with 512, 1024 or 2048.",
  find: each(types, ({ properties }) => {
    if (!asList(properties["RequiresCompatibilities"]).includes("FARGATE")) return undefined;
    const cpu = units(properties["Cpu"], 1024, /^([\d.]+)\s*vCPU$/i);
    const memory = units(properties["Memory"], 1024, /^([\d.]+)\s*GB$/i);
    if (cpu === undefined || memory === undefined)
      return properties["Cpu"] === undefined || properties["Memory"] === undefined ? "Cpu and Memory are not both set" : undefined;
    const size = sizes[cpu];
    if (!size) return cpu < 16_384 && `Cpu ${cpu} is no size of Fargate`; // larger ones may come
    const [from, to, step] = size;
    const fits = memory >= from && memory <= to && (memory === from || memory % step === 0);
    return !fits && `Memory ${memory} does not go with Cpu ${cpu}: ${from} to ${to}`;
  }),
};
