/** plue as its write-up has it: dev and prod. */
import { balancer, fargate, nats, template } from "./template.ts";

export const plueDev = template({
  ...nats(1),
  Database: ["RDS::DBInstance", { Engine: "postgres", DBInstanceClass: "db.t3.micro", AllocatedStorage: "20", StorageType: "gp3" }],
  ...fargate("App", 512, 1024, { count: 1, max: 2 }),
  Files: ["EFS::FileSystem"],
  ...balancer,
});

export const plueProd = template({
  ...nats(2),
  Database: [
    "RDS::DBInstance",
    { Engine: "postgres", DBInstanceClass: "db.t3.small", AllocatedStorage: 20, StorageType: "gp3", MultiAZ: true },
  ],
  ...fargate("App", 1024, 2048, { count: 3, max: 6 }),
  Files: ["EFS::FileSystem"],
  ...balancer,
});
