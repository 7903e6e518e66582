/** Sizes of Fargate tasks: which memory goes with which CPU (Amazon ECS Developer Guide, "Task CPU and memory"). */
import { clientError } from "./errors.ts";

const gib = 1024;

/** CPU units → MiB: the smallest, the largest and the step between. */
const memoryFor: Record<number, { from: number; to: number; step: number; also?: number[] }> = {
  256: { from: 1 * gib, to: 2 * gib, step: gib, also: [512] },
  512: { from: 1 * gib, to: 4 * gib, step: gib },
  1024: { from: 2 * gib, to: 8 * gib, step: gib },
  2048: { from: 4 * gib, to: 16 * gib, step: gib },
  4096: { from: 8 * gib, to: 30 * gib, step: gib },
  8192: { from: 16 * gib, to: 60 * gib, step: 4 * gib },
  16384: { from: 32 * gib, to: 120 * gib, step: 8 * gib },
};

/** `256`, `.25 vCPU`, `1 vcpu` → CPU units. */
export function readCpu(text: string): number {
  const match = /^\s*(\d+|\d*\.\d+|\d+\.\d*)\s*(vcpu)?\s*$/i.exec(text);
  const units = match ? Number(match[1]) * (match[2] ? 1024 : 1) : Number.NaN;
  if (!Number.isInteger(units) || units < 128) {
    throw clientError(
      "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    );
  }
  return units;
}

/** `512`, `1GB`, `0.5 GB` → MiB. */
export function readMemory(text: string): number {
  const match = /^\s*(\d+|\d*\.\d+|\d+\.\d*)\s*(gb)?\s*$/i.exec(text);
  const mib = match ? Number(match[1]) * (match[2] ? gib : 1) : Number.NaN;
  if (!Number.isInteger(mib) || mib < 4) {
    throw clientError(
      "Invalid 'memory' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    );
  }
  return mib;
}

export function checkFargateSize(cpu: number, memory: number): void {
  const range = memoryFor[cpu];
  const fits =
    range && (range.also?.includes(memory) || (memory >= range.from && memory <= range.to && (memory - range.from) % range.step === 0));
  if (!fits) {
    throw clientError(
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
}
