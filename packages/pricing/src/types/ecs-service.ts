/** AWS::ECS::Service on Fargate: what its tasks hold of processors and memory, and their public addresses. */
import { everywhere, range, times, written, type Columns } from "../columns.ts";
import { hoursPerMonth } from "../price-list.ts";
import type { Desk, PricedType } from "../priced-type.ts";
import { figure, list, map, maps, text } from "../reading.ts";
import type { SetResource } from "../stack-set.ts";

export const ecsService: PricedType = {
  price(service, desk) {
    const { properties } = service;
    const spot = spotShare(properties);
    if (spot === undefined) return; // its tasks run on machines that are priced themselves, or are not AWS's
    const definition = desk.set.named(properties["TaskDefinition"]).find(({ type }) => type === "AWS::ECS::TaskDefinition");
    if (!definition) return desk.unknown("its task definition is not among the templates, so the size of its tasks is not known");
    const size = taskSize(definition);
    if (typeof size === "string") return desk.unknown(size);
    const bounds = taskBounds(service, desk);
    if (!bounds) return desk.unknown("how many tasks run is not known before the deploy");
    const tasks = desk.expect("tasks", bounds);
    chargeTasks(desk, size, times(tasks, hoursPerMonth), range(tasks), spot);
    if (text(map(map(properties, "NetworkConfiguration"), "AwsvpcConfiguration"), "AssignPublicIp") === "ENABLED") {
      desk.charge({
        item: "public IPv4",
        price: ["publicIpv4", "hour"],
        quantity: times(tasks, hoursPerMonth),
        detail: `${range(tasks)} public IPv4`,
      });
    }
  },
};

export interface TaskSize {
  vcpu: number;
  memoryGB: number;
  /** Above the 20 GB that every task has. */
  extraStorageGB: number;
  architecture: "x86" | "arm";
}

/** The size of a task definition's tasks, or why it is not known. */
export function taskSize({ properties }: SetResource): TaskSize | string {
  const platform = map(properties, "RuntimePlatform");
  if (text(platform, "OperatingSystemFamily")?.startsWith("WINDOWS")) return "tasks on Windows have no prices here";
  const units = amount(text(properties, "Cpu"), /^([\d.]+)\s*vcpu$/i, 1024);
  const megabytes = amount(text(properties, "Memory"), /^([\d.]+)\s*gb$/i, 1024);
  if (units === undefined || megabytes === undefined) return "Cpu and Memory of its task definition are not known before the deploy";
  const storage = figure(map(properties, "EphemeralStorage"), "SizeInGiB") ?? 20;
  return {
    vcpu: units / 1024,
    memoryGB: megabytes / 1024,
    extraStorageGB: Math.max(0, storage - 20),
    architecture: text(platform, "CpuArchitecture") === "ARM64" ? "arm" : "x86",
  };
}

/** ECS takes `1024` and `1 vCPU`, `2048` and `2 GB`. */
function amount(value: string | undefined, withUnit: RegExp, factor: number): number | undefined {
  if (value === undefined) return undefined;
  const named = withUnit.exec(value)?.[1];
  const result = named === undefined ? Number(value) : Number(named) * factor;
  return Number.isFinite(result) && result > 0 ? result : undefined;
}

/** Charges hours of tasks. @param spot the share of them that runs on Spot. */
export function chargeTasks(desk: Desk, size: TaskSize, hours: Columns, count: string, spot: number): void {
  const { vcpu, memoryGB, extraStorageGB, architecture } = size;
  const kind = architecture === "arm" ? " ARM" : "";
  for (const [share, prefix, name] of [
    [1 - spot, "", "Fargate"],
    [spot, "spot.", "Fargate Spot"],
  ] as const) {
    if (share === 0) continue;
    const part = share === 1 ? "" : ` (${Math.round(share * 100)} %)`;
    desk.charge({
      item: "Fargate vCPU",
      price: ["fargate", `${prefix}${architecture}.vcpuHour`],
      quantity: times(hours, vcpu * share),
      detail: `${name}${kind} ${count} × ${written(vcpu)} vCPU${part}`,
    });
    desk.charge({
      item: "Fargate memory",
      price: ["fargate", `${prefix}${architecture}.gbHour`],
      quantity: times(hours, memoryGB * share),
      detail: `${written(memoryGB)} GB`,
    });
  }
  if (extraStorageGB > 0) {
    desk.charge({
      item: "Fargate storage",
      price: ["fargate", "ephemeralGbHourOver20"],
      quantity: times(hours, extraStorageGB),
      detail: `${extraStorageGB} GB of storage over 20`,
    });
  }
}

/** Which share of the tasks runs on Spot; `undefined` where they do not run on Fargate. */
export function spotShare(properties: Readonly<Record<string, unknown>>): number | undefined {
  const strategy = maps(properties, "CapacityProviderStrategy");
  if (strategy.length === 0) {
    const type = text(properties, "LaunchType");
    return type === undefined || type === "FARGATE" ? 0 : undefined;
  }
  const providers = strategy.map((one) => ({ name: text(one, "CapacityProvider") ?? "", weight: figure(one, "Weight") ?? 0 }));
  if (!providers.every(({ name }) => name === "FARGATE" || name === "FARGATE_SPOT")) return undefined;
  const all = providers.reduce((total, { weight }) => total + weight, 0);
  const spot = providers.filter(({ name }) => name === "FARGATE_SPOT").reduce((total, { weight }) => total + weight, 0);
  return all === 0 ? (providers.some(({ name }) => name === "FARGATE_SPOT") ? 1 : 0) : spot / all;
}

/** From the declared bounds of scaling; without any, the declared count. */
function taskBounds(service: SetResource, desk: Desk): Columns | undefined {
  const [target] = desk.set.users("AWS::ApplicationAutoScaling::ScalableTarget", "ResourceId", service);
  if (target) {
    const [least, greatest] = [figure(target.properties, "MinCapacity"), figure(target.properties, "MaxCapacity")];
    if (least === undefined || greatest === undefined) return undefined;
    return { idle: least, expected: (least + greatest) / 2, busy: greatest };
  }
  if (text(service.properties, "SchedulingStrategy") === "DAEMON") return undefined;
  if (list(service.properties, "DesiredCount").length === 0) return everywhere(1);
  const count = figure(service.properties, "DesiredCount");
  return count === undefined ? undefined : everywhere(count);
}
