/** What options must hold that types cannot say, or that a file which was not type-checked may break. All faults at once. */
import { durationSeconds, type AppData, type Declared } from "@plinth/language/reading";
import { checkLoadBalancer } from "./check-load-balancer.ts";
import { checkBucket, checkQueue, checkTopic } from "./check-messaging.ts";
import { checkAurora, checkBackupCopy, checkPostgres } from "./check-databases.ts";
import { checkAppRunner, checkAppRunnerPlacement, checkEntrances, checkRollout } from "./check-entrances.ts";
import { checkService, checkTask } from "./check-programs.ts";
import { checker, physicalName, type Checker } from "./checker.ts";
import type { Compilation } from "./compilation.ts";
import { entrances } from "./entrance-kind.ts";
import type { FaultList } from "./faults.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { domainsOf } from "./load-balancer-domains.ts";
import { packRoutes, parseRoutes } from "./routes.ts";
import { priceFaults } from "./price-wishes.ts";
import { scaleOf } from "./scale.ts";
import { cacheEngines } from "./engine-versions.ts";
import { checkRotation } from "./check-rotation.ts";

/** Checks the app itself. */
export function checkApp(data: AppData, faults: FaultList): void {
  const { name, options, source } = data;
  const fault = (message: string): void => faults.add({ code: "bad-app", message, at: source });
  if (typeof name !== "string" || !/^[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?$/.test(name)) {
    fault(`"${String(name)}" cannot be an app's name: write 1 to 24 lower-case letters, digits and "-", a letter first and no "-" last`);
  }
  if (!/^[a-z]{2}-[a-z]+-\d$/.test(options?.region ?? "")) {
    fault(`"${String(options?.region)}" is no region: write one like "eu-central-1"`);
  }
  const { stages, production = [], previews } = options;
  for (const stage of production) {
    if (stages && !stages.includes(stage)) fault(`production names "${stage}", which is none of the stages ${stages.join(", ")}`);
  }
  for (const message of priceFaults(data)) fault(message);
  if (stages?.includes("else")) fault('a stage cannot be called "else": pick gives that word another meaning');
  for (const { rule, because } of options.waive ?? []) {
    if (typeof because !== "string" || because.trim() === "") fault(`waive names ${rule} without a reason: write because: "…"`);
  }
  const expiry = previews && durationSeconds(previews.expireAfter);
  if (previews && (expiry === undefined || expiry < 3600))
    fault(`previews.expireAfter is "${previews.expireAfter}": write 1 hour or longer`);
}

/** Checks every declaration of the inventory. */
export function checkInventory(compilation: Compilation): void {
  const { inventory, faults } = compilation;
  for (const named of inventory.of("service")) checkService(named, checker(named, faults));
  const domains = new Map<string, string>();
  const names: (readonly [named: Named, name: string])[] = [
    ...inventory.of("service").flatMap((named) => {
      const { public: reach } = named.declared.options;
      return typeof reach === "object" ? [[named, reach.domain] as const] : [];
    }),
    ...inventory.of("loadBalancer").flatMap((named) => domainsOf(named.declared.options).map(({ name }) => [named, name] as const)),
    ...entrances(inventory).flatMap((named) => {
      const { domain } = named.declared.options.entrance!;
      return domain ? [[named, domain.name] as const] : [];
    }),
  ];
  for (const [named, name] of names) {
    const other = domains.get(name);
    // One and the same thing that has a name twice is told of by its own check.
    if (other !== undefined && other !== named.key)
      checker(named, faults).refuse("same-domain", `${other} and ${named.key} both are ${name}: give each a name of its own`);
    domains.set(name, named.key);
  }
  checkRequestsPerTarget(compilation);
  checkSecretFields(compilation);
  for (const named of inventory.of("task")) checkTask(named, checker(named, faults));
  for (const named of inventory.of("postgres")) checkPostgres(compilation, named, checker(named, faults));
  for (const named of inventory.of("aurora")) checkAurora(compilation, named, checker(named, faults));
  for (const named of inventory.of("fileSystem")) checkFileSystem(compilation, named, checker(named, faults));
  for (const named of inventory.of("appRunner")) checkAppRunner(compilation, named, checker(named, faults));
  checkEntrances(compilation, (named) => checker(named, faults));
  for (const named of inventory.of("service")) checkRollout(named, checker(named, faults), () => rulesTo(compilation, named));
  for (const named of inventory.of("queue")) checkQueue(compilation, named, checker(named, faults));
  for (const named of inventory.of("topic")) checkTopic(compilation, named, checker(named, faults));
  for (const named of inventory.of("bucket")) checkBucket(compilation, named, checker(named, faults));
  for (const named of inventory.of("loadBalancer")) checkLoadBalancer(compilation, named, checker(named, faults));
  for (const named of inventory.of("redis")) checkRedis(named, checker(named, faults));
  for (const named of inventory.of("vpc")) checkVpc(named, checker(named, faults));
  for (const named of inventory.of("alarms")) checkAlarms(named, checker(named, faults));
  for (const named of inventory.of("image")) {
    const check = checker(named, faults);
    check.integer("keep", named.declared.options.keep, 20, 1000);
    check.oneOf("registry", named.declared.options.registry, ["private", "public"]);
    check.pattern(
      "name",
      named.declared.options.name,
      /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
      "a repository's name",
    );
  }
  for (const named of inventory.of("secret")) checkSecret(named, checker(named, faults));
  for (const named of inventory.of("setting"))
    checker(named, faults).pattern("name", named.declared.options.name, parameterName, "a parameter's name");
  for (const named of inventory.of("aws")) {
    const { type } = named.declared.options;
    checker(named, faults).pattern(
      "type",
      type,
      /^[A-Z][A-Za-z0-9]*::[A-Za-z0-9]+::[A-Za-z0-9]+(?:::MODULE)?$/,
      "a resource type, like AWS::SNS::Topic",
    );
  }
  const networks = inventory.all.filter(
    ({ declared }) =>
      declared.kind === "vpc" || (declared.kind === "existing" && (declared as Declared<"existing">).options.type === "vpc"),
  );
  if (networks.length > 1) {
    const names = networks.map(({ key }) => key).join(" and ");
    checker(networks[1]!, faults).refuse("two-networks", `${names} are both networks: an app has one`);
  }
  const [, second] = inventory.of("alarms");
  if (second) checker(second, faults).refuse("two-alarms", `${second.key} is a second alarms: one watches everything in the inventory`);
}

/** Checks what depends on where programs are placed. */
export function checkPlacement({ programs, inventory, faults }: Compilation, network: Network, needed: readonly string[]): void {
  for (const named of [...inventory.of("loadBalancer"), ...entrances(inventory)]) {
    if (network.publicSubnets.length < 2) {
      checker(named, faults).refuse(
        "no-public-subnets",
        `${named.key} needs publicSubnets in two zones, which the network does not name: give them`,
      );
    }
  }
  for (const { named } of programs) {
    const check = checker(named, faults);
    const { options } = named.declared;
    const internet = "internet" in options ? options.internet : undefined;
    if ("public" in options && options.public && network.publicSubnets.length === 0) {
      check.refuse("no-public-subnets", `${named.key} is public, but the network names no publicSubnets: give them`);
    }
    if (named.declared.kind === "appRunner") {
      checkAppRunnerPlacement(named as Named<"appRunner">, network, check);
      continue;
    }
    if (internet === false && network.wayOut) {
      check.refuse(
        "internet-refused",
        `${named.key} says internet: false, but its network has a way out, through which its image is pulled: declare vpc({ endpoints: [${needed
          .map((endpoint) => `"${endpoint}"`)
          .join(", ")}] }) without NAT gateways`,
      );
    }
    if (internet !== false && !network.wayOut) {
      check.refuse(
        "no-way-out",
        `${named.key} may call the internet, but its network has no way out: give the vpc natGateways: 1, or ${named.key} internet: false`,
      );
    }
  }
}

const parameterName = /^\/(?!aws|ssm)[A-Za-z0-9_./-]{1,1010}$/;
function checkFileSystem(compilation: Compilation, named: Named<"fileSystem">, check: Checker): void {
  const { owner, backup, coldAfter, throughput } = named.declared.options;
  check.integer("owner.user", owner?.user, 0, 4_294_967_295);
  check.integer("owner.group", owner?.group, 0, 4_294_967_295);
  const { retain, copy } = typeof backup === "object" ? backup : {};
  check.integer("backup.retain", retain && Number.parseInt(retain, 10), 1, 36_500);
  checkBackupCopy(compilation, named, copy, check);
  check.oneOf("coldAfter", coldAfter, ["1 day", ...[7, 14, 30, 60, 90, 180, 270, 365].map((days) => `${days} days`)]);
  check.oneOf("throughput", throughput, ["elastic", "bursting"]);
}

/** Through how many load balancers and rules requests come to a service. */
function rulesTo({ inventory }: Compilation, { declared }: Named<"service">): { balancers: number; rules: number } {
  const each = inventory
    .of("loadBalancer")
    .map((balancer) =>
      packRoutes(parseRoutes(balancer.declared)).filter(({ destination: to }) => to.kind === "service" && to.to === declared),
    )
    .filter((rules) => rules.length > 0);
  return { balancers: each.length, rules: each.flat().length };
}

function checkRedis(named: Named<"redis">, check: Checker): void {
  const { key } = named;
  const { options } = named.declared;
  check.oneOf("engine", options.engine, Object.keys(cacheEngines));
  check.pattern("node", options.node, /^cache\.[a-z0-9]+\.[a-z0-9]+$/, "a node type");
  check.integer("replicas", options.replicas, 0, 5);
  check.integer("backup.retain", options.backup && Number.parseInt(options.backup.retain, 10), 0, 35);
  checkRotation(key, options.rotate, check);
  check.pattern(
    "name",
    options.name,
    /^[a-z](?!.*--)[a-z0-9-]{0,38}[a-z0-9]$|^[a-z]$/,
    "1 to 40 lower-case letters, digits and -, a letter first",
  );
}

function checkVpc(named: Named<"vpc">, check: Checker): void {
  const { options } = named.declared;
  const zones = options.zones ?? 2;
  check.integer("zones", zones, 2, 3);
  check.integer("natGateways", options.natGateways, 0, zones);
}

function checkSecret(named: Named<"secret">, check: Checker): void {
  const { options } = named.declared;
  if (options.store === "parameter-store") {
    check.pattern("name", options.name, parameterName, "a parameter's name that begins with /");
    if (options.fields !== undefined) check.refuse("bad-option", `${named.key}: only Secrets Manager has fields: leave out store`);
  } else check.pattern("name", options.name, /^[A-Za-z0-9/_+=.@-]{1,512}$/, "a secret's name");
}

/** Only a load balancer counts the requests of each copy. */
function checkRequestsPerTarget({ inventory, faults }: Compilation): void {
  const routes = inventory.of("loadBalancer").flatMap(({ declared }) => parseRoutes(declared));
  for (const named of inventory.of("service")) {
    if (scaleOf(named.declared.options.scale).requestsPerTarget === undefined || named.declared.options.entrance) continue;
    if (routes.some(({ destination }) => destination.kind === "service" && destination.to === named.declared)) continue;
    checker(named, faults).refuse(
      "no-load-balancer",
      `${named.key}: scale.requestsPerTarget counts what a load balancer sends, but none has a route to ${named.key}: give it one, or aim at cpu`,
    );
  }
}

/** A field that a program names must be one that the secret was declared with. */
function checkSecretFields({ programs, inventory, faults }: Compilation): void {
  for (const { named, env } of programs) {
    for (const entry of env) {
      const { to, facet, detail } = "reference" in entry ? entry.reference : { to: undefined, facet: undefined, detail: undefined };
      if (to?.kind !== "secret" || facet !== "field") continue;
      const secret = inventory.find(to)?.key ?? "the secret";
      const fields: readonly string[] = to.options.store === "parameter-store" ? [] : (to.options.fields ?? []);
      if (fields.includes(String(detail))) continue;
      const right =
        fields.length > 0 ? `it has ${fields.join(", ")}` : `declare it, secret({ fields: [${JSON.stringify(String(detail))}] })`;
      checker(named, faults).refuse(
        "no-such-field",
        `${named.key} (env.${entry.variable}) names the field ${String(detail)} of ${secret}, which it was not declared with: ${right}`,
      );
    }
  }
}

function checkAlarms(named: Named<"alarms">, check: Checker): void {
  const { email, services, databases, caches, loadBalancers, queues, name } = named.declared.options;
  for (const address of [email ?? []].flat()) check.pattern("email", address, /^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address");
  for (const [option, value] of [
    ["services.cpu", services?.cpu],
    ["services.memory", services?.memory],
    ["databases.cpu", databases?.cpu],
    ["caches.memory", caches?.memory],
  ] as const) {
    if (value !== false) check.integer(option, value, 1, 100);
  }
  if (loadBalancers?.errors !== false) check.integer("loadBalancers.errors", loadBalancers?.errors, 0, 1_000_000);
  if (queues?.dead !== false) check.integer("queues.dead", queues?.dead, 1, 1_000_000);
  check.pattern("name", name, physicalName, "1 to 255 letters, digits, - and _");
}
