/** AWS::AppRunner::Service: the memory of one instance all the time, its processor while it handles requests. */
import { everywhere, times, written } from "../columns.ts";
import { hoursPerMonth } from "../price-list.ts";
import type { PricedType } from "../priced-type.ts";
import { holds, map, text } from "../reading.ts";

export const appRunnerService: PricedType = {
  price({ properties }, desk) {
    const instance = map(properties, "InstanceConfiguration");
    const vcpu = amount(text(instance, "Cpu") ?? "1 vCPU");
    const memoryGB = amount(text(instance, "Memory") ?? "2 GB");
    desk.charge({
      item: "App Runner memory",
      price: ["apprunner", "provisioned.gbHour"],
      quantity: everywhere(memoryGB * hoursPerMonth),
      detail: `App Runner ${written(vcpu)} vCPU, ${written(memoryGB)} GB`,
    });
    const active = desk.expect("activeHours");
    desk.charge({
      item: "App Runner vCPU",
      price: ["apprunner", "active.vcpuHour"],
      quantity: times(active, vcpu),
      detail: `active ${written(active.expected)} h`,
    });
    const source = map(properties, "SourceConfiguration");
    if (holds(source, "AutoDeploymentsEnabled"))
      desk.charge({
        item: "App Runner deployments",
        price: ["apprunner", "autoDeploy.appMonth"],
        quantity: 1,
        detail: "deploys by itself",
      });
  },
};

/** `1 vCPU`, `1024`; `2 GB`, `2048`. */
function amount(value: string): number {
  const [, figure = "1", unit] = /^([\d.]+)\s*([a-z]+)?$/i.exec(value) ?? [];
  return unit === undefined ? Number(figure) / 1024 : Number(figure);
}
