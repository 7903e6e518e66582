/** Scanning: what the registry is configured to scan, and what comes of a scan. */
import type { RegistryScanningRule, RepositoryScanningConfiguration, ScanningRepositoryFilter } from "@aws-sdk/client-ecr";
import type { OperationContext } from "../../service.ts";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { checkConstraints } from "../../constraints.ts";
import { invalidParameter } from "./errors.ts";
import type { ImageScan } from "./image.ts";
import { matchesWildcard, repositoryArn, type RepositoryRecord } from "./repository.ts";

export interface RegistryScanning {
  scanType: "BASIC" | "ENHANCED";
  rules: RegistryScanningRule[];
}

type Scope = Pick<OperationContext, "cloud" | "account" | "region">;

const scanned = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<RegistryScanning>("ecr-registry-scanning");

export function registryScanning(scope: Scope): RegistryScanning {
  return scanned(scope).get(scope.region, "configuration") ?? { scanType: "BASIC", rules: [] };
}

export function saveRegistryScanning(scope: Scope, configuration: RegistryScanning): void {
  scanned(scope).put(scope.region, "configuration", configuration);
}

const frequencies = { BASIC: ["SCAN_ON_PUSH", "MANUAL"], ENHANCED: ["SCAN_ON_PUSH", "CONTINUOUS_SCAN"] };

/** Checks what PutRegistryScanningConfiguration is given, by the API reference. */
export function readRegistryScanning(scanType: string | undefined, rules: readonly RegistryScanningRule[] | undefined): RegistryScanning {
  checkConstraints("InvalidParameterException", {
    scanType: [scanType, { enum: ["BASIC", "ENHANCED"] }],
    rules: [rules, { length: [0, 2] }],
  });
  const type = (scanType ?? "BASIC") as RegistryScanning["scanType"];
  for (const { scanFrequency, repositoryFilters } of rules ?? []) {
    if (!frequencies[type].includes(String(scanFrequency))) {
      throw invalidParameter("rules", `The scan frequency ${scanFrequency} is not supported with the scan type ${type}`);
    }
    checkConstraints("InvalidParameterException", { "rules.repositoryFilters": [repositoryFilters, { length: [0, 100] }] });
    for (const { filter, filterType } of repositoryFilters ?? []) {
      checkConstraints("InvalidParameterException", {
        "rules.repositoryFilters.filter": [filter, { length: [1, 256], pattern: "[a-z0-9*](?:[._\\-/a-z0-9*]?[a-z0-9*]+)*" }],
        "rules.repositoryFilters.filterType": [filterType, { enum: ["WILDCARD"] }],
      });
    }
  }
  return { scanType: type, rules: [...(rules ?? [])] };
}

/** A filter without `*` finds every name that contains it (user guide, filters of image scanning). */
function finds({ filter = "" }: ScanningRepositoryFilter, name: string): boolean {
  return filter.includes("*") ? matchesWildcard(filter, name) : name.includes(filter);
}

/** How a repository is scanned: by the registry's rules, or by its own setting. */
export function describeScanning(scope: Scope, { name, scanOnPush }: RepositoryRecord): RepositoryScanningConfiguration {
  const matching = registryScanning(scope)
    .rules.map((rule) => ({ ...rule, repositoryFilters: (rule.repositoryFilters ?? []).filter((filter) => finds(filter, name)) }))
    .filter(({ repositoryFilters }) => repositoryFilters.length > 0);
  const rule = matching.find(({ scanFrequency }) => scanFrequency === "CONTINUOUS_SCAN") ?? matching[0];
  return {
    repositoryArn: repositoryArn(scope, name),
    repositoryName: name,
    scanOnPush,
    scanFrequency: rule?.scanFrequency ?? (scanOnPush ? "SCAN_ON_PUSH" : "MANUAL"),
    appliedScanFilters: rule?.repositoryFilters ?? [],
  };
}

/** Source images have no operating system that could be scanned, and of others this cloud has no database of vulnerabilities. */
export function scanImage(cloud: Cloud): ImageScan {
  return {
    startedMs: cloud.world.clock.nowMs(),
    status: "FAILED",
    description: "UnsupportedImageError: The operating system and/or package manager are not supported.",
  };
}

/** Scans are asked for by hand only where basic scanning is on. */
export function requireBasicScanning(scope: Scope): void {
  if (registryScanning(scope).scanType === "ENHANCED") throw new AwsError("ValidationException", "This feature is disabled");
}
