/** The table of commands; each is loaded when it is named. */
import type { Command } from "../command.ts";

type Load = () => Promise<{ command: Command }>;

/** In the order in which help lists them. A name of two words is a command of a group. */
export const commands: Record<string, Load> = {
  plan: () => import("./plan.ts"),
  check: () => import("./check.ts"),
  reach: () => import("./reach.ts"),
  cost: () => import("./cost.ts"),
  "cost refresh": () => import("./cost-refresh.ts"),
  deploy: () => import("./deploy.ts"),
  status: () => import("./status.ts"),
  outputs: () => import("./outputs.ts"),
  logs: () => import("./logs.ts"),
  run: () => import("./run.ts"),
  exec: () => import("./exec.ts"),
  connect: () => import("./connect.ts"),
  "secrets list": () => import("./secrets-list.ts"),
  "secrets set": () => import("./secrets-set.ts"),
  "secrets rotate": () => import("./secrets-rotate.ts"),
  "secrets get": () => import("./secrets-get.ts"),
  scale: () => import("./scale.ts"),
  restart: () => import("./restart.ts"),
  stop: () => import("./stop.ts"),
  start: () => import("./start.ts"),
  "snapshot create": () => import("./snapshot-create.ts"),
  "snapshot list": () => import("./snapshot-list.ts"),
  "snapshot delete": () => import("./snapshot-delete.ts"),
  restore: () => import("./restore.ts"),
  "files restore": () => import("./files-restore.ts"),
  doctor: () => import("./doctor.ts"),
  destroy: () => import("./destroy.ts"),
  synth: () => import("./synth.ts"),
  diff: () => import("./diff.ts"),
  "lock status": () => import("./lock-status.ts"),
  "lock release": () => import("./lock-release.ts"),
  "cloud start": () => import("./cloud-start.ts"),
  "cloud stop": () => import("./cloud-stop.ts"),
  "cloud status": () => import("./cloud-status.ts"),
  "cloud certificate": () => import("./cloud-certificate.ts"),
  "cloud env": () => import("./cloud-env.ts"),
  "cloud logs": () => import("./cloud-logs.ts"),
  "cloud mail": () => import("./cloud-mail.ts"),
  "cloud reset": () => import("./cloud-reset.ts"),
};

export const groups: Record<string, string> = {
  cost: "What a stage, or any CloudFormation template, will cost a month",
  snapshot: "Snapshots of a stage's databases",
  files: "Objects in a stage's buckets",
  secrets: "Secrets and settings of a stage",
  lock: "Who holds a stage while it is changed",
  cloud: "The embedded cloud of a folder",
};
