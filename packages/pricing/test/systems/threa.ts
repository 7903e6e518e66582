/** threa as its write-up has it, without what its compiled templates have beside: secrets, alarms, a dashboard. */
import { fargate, template } from "./template.ts";

export const threa = template({
  ...fargate("Web", 256, 512, { public: true }),
  Database: ["RDS::DBInstance", { Engine: "postgres", DBInstanceClass: "db.t4g.micro", AllocatedStorage: "20", StorageType: "gp3" }],
  Cache: ["ElastiCache::ReplicationGroup", { Engine: "redis", CacheNodeType: "cache.t4g.micro", NumCacheClusters: 1 }],
  Images: ["ECR::Repository"],
});

const spot = structuredClone(threa);
delete spot.Resources["Cache"];
spot.Resources["Web"]!.Properties = {
  ...spot.Resources["Web"]!.Properties,
  LaunchType: undefined,
  CapacityProviderStrategy: [{ CapacityProvider: "FARGATE_SPOT", Weight: 1 }],
};
export const threaBudget = spot;
