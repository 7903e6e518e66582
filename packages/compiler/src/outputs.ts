/** What `plinth outputs` shows of each thing in the inventory. */
import type { Assembly, OutputSource } from "./assembly.ts";
import type { BuiltAws } from "./aws-resource.ts";
import type { BuiltBucket } from "./bucket.ts";
import { sub, type Compilation } from "./compilation.ts";
import type { BuiltImages } from "./image.ts";
import type { BuiltLoadBalancer } from "./load-balancer.ts";
import type { Named } from "./inventory.ts";
import type { LogGroups } from "./log-group.ts";
import type { BuiltDatabase } from "./database.ts";
import { entranceOf } from "./entrance-kind.ts";
import type { BuiltEntrance } from "./entrance.ts";
import type { BuiltFileSystem } from "./file-system.ts";
import type { BuiltAppRunner } from "./app-runner.ts";
import type { BuiltNextjs } from "./nextjs.ts";
import { domainOf } from "./public-domain.ts";
import type { BuiltQueue } from "./queue.ts";
import type { BuiltRedis } from "./redis.ts";
import type { BuiltService } from "./service.ts";
import type { BuiltTask } from "./task.ts";
import type { BuiltTopic } from "./topic.ts";
import type { Made, Value } from "./value.ts";

export interface Built {
  readonly services: readonly BuiltService[];
  readonly tasks: readonly BuiltTask[];
  readonly databases: readonly BuiltDatabase[];
  readonly caches: readonly BuiltRedis[];
  readonly queues: readonly BuiltQueue[];
  readonly topics: readonly BuiltTopic[];
  readonly buckets: readonly BuiltBucket[];
  readonly loadBalancers: readonly BuiltLoadBalancer[];
  readonly fileSystems: readonly BuiltFileSystem[];
  readonly entrance: BuiltEntrance | undefined;
  readonly nextjs: readonly BuiltNextjs[];
  readonly appRunners: readonly BuiltAppRunner[];
  readonly awsResources: Iterable<BuiltAws>;
  readonly logGroups: LogGroups;
  readonly images: BuiltImages;
  readonly bastion: { readonly key: string; readonly made: Made } | undefined;
}

export function outputsOf(compilation: Compilation, built: Built): Assembly["outputs"] {
  const { draft, inventory } = compilation;
  const outputs: Assembly["outputs"] = {};
  const of = (value: Value): OutputSource => ({ from: "output", ...draft.output(value) });
  for (const { named, loadBalancer, knownUrl, tls } of built.loadBalancers) {
    const url: OutputSource =
      knownUrl === undefined
        ? {
            from: "output",
            ...draft.namedOutput(loadBalancer, `${named.id}Url`, (here) =>
              sub(`${tls ? "https" : "http"}://\${Name}`, { Name: here.take(loadBalancer.attribute("DNSName")) }),
            ),
          }
        : { from: "value", value: knownUrl };
    outputs[named.key] = { url, name: of(loadBalancer.attribute("DNSName")), arn: of(loadBalancer.ref()) };
  }
  for (const { named, service } of built.services) {
    const { port, public: isPublic } = named.declared.options;
    const domain = domainOf(named.declared.options, compilation);
    outputs[named.key] = {
      ...publicUrl(compilation, named, built),
      ...(domain
        ? { url: { from: "value" as const, value: `https://${domain.domain}` } }
        : isPublic && port !== undefined && { url: { from: "task-address" as const, program: named.key, port } }),
      service: of(service.attribute("Name")),
      logGroup: of(built.logGroups.of(named.declared).ref()),
    };
  }
  for (const { named, run } of built.tasks) {
    outputs[named.key] = { taskDefinition: { from: "output", ...run.taskDefinition }, logGroup: { from: "output", ...run.logGroup } };
  }
  for (const { named, host, port, connection, database } of built.databases) {
    outputs[named.key] = { host: of(host), port: of(port), database: { from: "value", value: database }, secret: of(connection.ref()) };
  }
  for (const { named, group, connection } of built.caches) {
    outputs[named.key] = {
      host: of(group.attribute("PrimaryEndPoint.Address")),
      port: of(group.attribute("PrimaryEndPoint.Port")),
      secret: of(connection.ref()),
    };
  }
  for (const { named, service } of built.appRunners) {
    const url = draft.namedOutput(service, `${named.id}Url`, (here) =>
      sub("https://${Url}", { Url: here.take(service.attribute("ServiceUrl")) }),
    );
    outputs[named.key] = { url: { from: "output", ...url }, service: of(service.ref()) };
  }
  for (const { named, fileSystem, accessPoint } of built.fileSystems) {
    outputs[named.key] = { fileSystem: of(fileSystem.ref()), accessPoint: of(accessPoint.ref()) };
  }
  for (const { named, queue, dead } of built.queues) {
    outputs[named.key] = { url: of(queue.ref()), ...(dead && { dead: of(dead.ref()) }) };
  }
  for (const { named, topic } of built.topics) outputs[named.key] = { arn: of(topic.ref()) };
  for (const { named, bucket } of built.buckets) outputs[named.key] = { name: of(bucket.ref()) };
  for (const { named, made } of built.awsResources) outputs[named.key] = { ref: of(made.ref()) };
  for (const slot of compilation.slots) outputs[slot.name] = { name: { from: "value", value: slot.id } };
  for (const { name, repository } of built.images.assembly) {
    if (inventory.all.some(({ key }) => key === name)) outputs[name] = { repository: { from: "output", ...repository } };
  }
  if (built.bastion) outputs[built.bastion.key] = { bastion: of(built.bastion.made.ref()) };
  return outputs;
}

/** Where a public service is called: by its name, by CloudFront's, or by the shared load balancer's and a port. */
function publicUrl(compilation: Compilation, named: Named<"service">, built: Built): Record<string, OutputSource> {
  const kind = entranceOf(named.declared.options);
  if (!kind || !built.entrance) return {};
  if (kind.knownUrl !== undefined) return { url: { from: "value", value: kind.knownUrl } };
  const front = built.nextjs.find((one) => one.named === named)?.distribution;
  const made = front ?? built.entrance.loadBalancer;
  const url = compilation.draft.namedOutput(made, `${named.id}Url`, (here) =>
    front
      ? sub("https://${Name}", { Name: here.take(front.attribute("DomainName")) })
      : sub(`http://\${Name}:${kind.plainPort}`, { Name: here.take(made.attribute("DNSName")) }),
  );
  return { url: { from: "output", ...url } };
}
