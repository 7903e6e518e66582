/** Storage of a database lies in what RDS takes. */
import { asNumber } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance"];

export const rule: Rule = {
  id: "rds-storage-range",
  severity: "high",
  controls: [],
  types,
  reason: "RDS refuses it, and the stack fails after minutes.",
  remedy: "gp2, gp3: 20 to 65536 GB; io1, io2: 100 to 65536 GB. MaxAllocatedStorage is at least 10 % more.",
  find: each(types, ({ properties }) => {
    const storage = asNumber(properties["AllocatedStorage"]);
    const engine = String(properties["Engine"]);
    if (storage === undefined || !/^(?:postgres|mysql|mariadb)$/.test(engine)) return undefined;
    const kind = String(properties["StorageType"] ?? "gp2");
    const least = kind.startsWith("io") ? 100 : kind === "standard" ? 5 : 20;
    const most = kind === "standard" ? 3072 : 65_536;
    if (storage < least || storage > most) return `${kind} takes ${least} to ${most} GB, not ${storage}`;
    const grows = asNumber(properties["MaxAllocatedStorage"]);
    return grows !== undefined && grows < storage * 1.1 && `MaxAllocatedStorage ${grows} is less than 10 % above ${storage}`;
  }),
};
