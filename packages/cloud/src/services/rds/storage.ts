/** What storage an instance may have: sizes, IOPS and throughput by storage type (AWS, "Amazon RDS DB instance storage"). */
import { AwsError } from "../../aws-error.ts";
import { invalidCombination, invalidValue } from "./errors.ts";

interface StorageRule {
  minGib: number;
  maxGib: number;
  /** IOPS have to be named. */
  provisioned: boolean;
}

export const storageTypes: Readonly<Record<string, StorageRule>> = {
  standard: { minGib: 5, maxGib: 3072, provisioned: false },
  gp2: { minGib: 5, maxGib: 65_536, provisioned: false },
  gp3: { minGib: 20, maxGib: 65_536, provisioned: false },
  io1: { minGib: 100, maxGib: 65_536, provisioned: true },
  io2: { minGib: 100, maxGib: 65_536, provisioned: true },
};

/** From this size on gp3 takes IOPS and throughput of one's own; below, its baseline is fixed. */
const gp3ChoiceGib = 400;
const gp3Baseline = { iops: 3000, throughput: 125 };

export interface Storage {
  storageType: string;
  allocatedStorage: number;
  iops?: number;
  storageThroughput?: number;
}

/** The storage meant by a request; throws AWS's error where it cannot be had. `sizeGib` is `undefined` when none was named. */
export function checkStorage(given: {
  storageType?: string | undefined;
  sizeGib: number | undefined;
  iops?: number | undefined;
  throughput?: number | undefined;
}): Storage {
  const storageType = given.storageType ?? (given.iops === undefined ? "gp2" : "io1");
  const rule = storageTypes[storageType];
  if (!rule) throw invalidValue(`Invalid storage type: ${storageType}`);
  const { sizeGib } = given;
  if (sizeGib === undefined) throw invalidValue("The parameter AllocatedStorage must be provided and must not be blank.");
  if (sizeGib < rule.minGib || sizeGib > rule.maxGib) {
    throw invalidValue(`Invalid storage size for engine name postgres and storage type ${storageType}: ${sizeGib}`);
  }
  if (rule.provisioned && given.iops === undefined) {
    throw invalidCombination(
      `You must specify both the storage size and iops when modifying the storage size or iops on a DB instance that has iops (storage type ${storageType}).`,
    );
  }
  if (!rule.provisioned && storageType !== "gp3" && given.iops !== undefined) {
    throw invalidCombination(`You can't specify IOPS for storage type ${storageType}.`);
  }
  if (storageType === "gp3" && sizeGib < gp3ChoiceGib && (given.iops !== undefined || given.throughput !== undefined)) {
    if ((given.iops ?? gp3Baseline.iops) !== gp3Baseline.iops || (given.throughput ?? gp3Baseline.throughput) !== gp3Baseline.throughput) {
      throw invalidCombination("You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400.");
    }
  }
  if (storageType !== "gp3" && given.throughput !== undefined)
    throw new AwsError("InvalidParameterCombination", `You can't specify storage throughput for storage type ${storageType}.`);
  if (storageType === "gp3") {
    const scale = sizeGib >= gp3ChoiceGib ? 4 : 1;
    return {
      storageType,
      allocatedStorage: sizeGib,
      iops: given.iops ?? gp3Baseline.iops * scale,
      storageThroughput: given.throughput ?? gp3Baseline.throughput * scale,
    };
  }
  return { storageType, allocatedStorage: sizeGib, ...(given.iops !== undefined && { iops: given.iops }) };
}
