/** What a program may have of processor and memory: the pairs that Fargate offers together. */

/** Every size, by what Fargate calls it: CPU units and MiB. Source: "Task CPU and memory", Amazon ECS Developer Guide. */
const combinations = {
  "0.25 vCPU": { cpu: 256, memoryGb: [0.5, 1, 2] },
  "0.5 vCPU": { cpu: 512, memoryGb: [1, 2, 3, 4] },
  "1 vCPU": { cpu: 1024, memoryGb: [2, 3, 4, 5, 6, 7, 8] },
  "2 vCPU": { cpu: 2048, memoryGb: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] },
  "4 vCPU": { cpu: 4096, memoryGb: [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30] },
  "8 vCPU": { cpu: 8192, memoryGb: [16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60] },
  "16 vCPU": { cpu: 16_384, memoryGb: [32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120] },
} as const;

type Combinations = typeof combinations;

/** Processor and memory of a program, as one choice: `"0.5 vCPU, 1 GB"`. */
export type Size = { [V in keyof Combinations]: `${V}, ${Combinations[V]["memoryGb"][number]} GB` }[keyof Combinations];

/** The size in Fargate's own units, or `undefined` for a text that is no size (a file that was not type-checked). */
export function fargateSize(size: string): { cpu: number; memoryMib: number } | undefined {
  const [processor, memory] = size.split(", ");
  const combination = Object.entries(combinations).find(([name]) => name === processor)?.[1];
  const memoryGb = Number(/^([\d.]+) GB$/.exec(memory ?? "")?.[1] ?? NaN);
  if (!combination || !combination.memoryGb.some((gb) => gb === memoryGb)) return undefined;
  return { cpu: combination.cpu, memoryMib: memoryGb * 1024 };
}

/** Every size there is, smallest first. */
export function sizes(): Size[] {
  return Object.entries(combinations).flatMap(([processor, { memoryGb }]) => memoryGb.map((gb) => `${processor}, ${gb} GB` as Size));
}
