/** AWS::RDS::DBProxy: by the size of the database behind it. */
import { everywhere, times } from "../columns.ts";
import { hoursPerMonth } from "../price-list.ts";
import type { PricedType } from "../priced-type.ts";
import { figure, map, text } from "../reading.ts";

/** AWS asks at least for so many, however small the database is. */
const least = { vcpu: 2, acu: 8 };

export const dbProxy: PricedType = {
  price(proxy, desk) {
    const [group] = desk.set.users("AWS::RDS::DBProxyTargetGroup", "DBProxyName", proxy);
    const behind = desk.set.named([group?.properties["DBClusterIdentifiers"], group?.properties["DBInstanceIdentifiers"]])[0];
    if (!behind) return desk.unknown("the database behind it is not among the templates");
    const bounds = map(behind.properties, "ServerlessV2ScalingConfiguration");
    if (bounds) {
      const lower = Math.max(least.acu, figure(bounds, "MinCapacity") ?? 0);
      const acu = { ...everywhere(lower), busy: Math.max(lower, (figure(bounds, "MaxCapacity") ?? 0) / 2) };
      desk.charge({
        item: "RDS Proxy",
        price: ["rds.proxy", "aurora.serverlessV2.acuHour"],
        quantity: times(acu, hoursPerMonth),
        detail: `proxy, at least ${least.acu} ACU`,
      });
      return;
    }
    const size = text(behind.properties, "DBInstanceClass")?.split(".")[2];
    // Up to large a class of RDS has two virtual processors, xlarge four, 2xlarge eight.
    const vcpu = size === undefined ? least.vcpu : size === "xlarge" ? 4 : (Number(/^(\d+)xlarge$/.exec(size)?.[1] ?? 0.5) || 0.5) * 4;
    desk.charge({
      item: "RDS Proxy",
      price: ["rds.proxy", "vcpuHour"],
      quantity: Math.max(least.vcpu, vcpu) * hoursPerMonth,
      detail: `proxy, ${Math.max(least.vcpu, vcpu)} vCPU`,
    });
  },
};
