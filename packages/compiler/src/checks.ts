/** What options must hold that types cannot say, or that a file which was not type-checked may break. All faults at once. */
import { durationSeconds, fargateSize, type AppData, type Declared } from "@plinth/language/reading";
import type { PublicDomain } from "@plinth/language";
import type { Compilation } from "./compilation.ts";
import type { FaultList } from "./faults.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { scaleOf } from "./service.ts";
import { postgresMinor, cacheEngines } from "./engine-versions.ts";

/** Checks the app itself. */
export function checkApp({ name, options, source }: AppData, faults: FaultList): void {
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
  if (stages?.includes("else")) fault('a stage cannot be called "else": pick gives that word another meaning');
  const expiry = previews && durationSeconds(previews.expireAfter);
  if (previews && (expiry === undefined || expiry < 3600))
    fault(`previews.expireAfter is "${previews.expireAfter}": write 1 hour or longer`);
}

/** Checks every declaration of the inventory. */
export function checkInventory({ inventory, programs, faults, app, local }: Compilation): void {
  for (const { named, reaches } of local ? programs : []) {
    const called = reaches.map((of) => inventory.find(of)).find((other) => other?.declared.kind === "service");
    if (!called) continue;
    checker(named, faults).refuse(
      "not-local",
      `${named.key} calls ${called.key} by its internal name, which the embedded cloud does not resolve yet: write env: { … : local ? undefined : ${called.key} }`,
    );
  }
  for (const named of inventory.of("service")) checkService(named, checker(named, faults), local);
  const domains = new Map<string, string>();
  for (const named of inventory.of("service")) {
    const { public: reach } = named.declared.options;
    if (typeof reach !== "object") continue;
    const other = domains.get(reach.domain);
    if (other !== undefined)
      checker(named, faults).refuse("same-domain", `${other} and ${named.key} both are ${reach.domain}: give each a name of its own`);
    domains.set(reach.domain, named.key);
  }
  for (const named of inventory.of("task")) checkTask(named, checker(named, faults), local);
  for (const named of inventory.of("postgres")) checkPostgres(named, checker(named, faults), app);
  for (const named of inventory.of("redis")) checkRedis(named, checker(named, faults));
  for (const named of inventory.of("vpc")) checkVpc(named, checker(named, faults));
  for (const named of inventory.of("alarms")) checkAlarms(named, checker(named, faults));
  for (const named of inventory.of("image")) {
    const check = checker(named, faults);
    check.integer("keep", named.declared.options.keep, 20, 1000);
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
export function checkPlacement({ programs, faults }: Compilation, network: Network, needed: readonly string[]): void {
  for (const { named } of programs) {
    const check = checker(named, faults);
    const { options } = named.declared;
    if ("public" in options && options.public && network.publicSubnets.length === 0) {
      check.refuse("no-public-subnets", `${named.key} is public, but the network names no publicSubnets: give them`);
    }
    if (options.internet === false && network.wayOut) {
      check.refuse(
        "internet-refused",
        `${named.key} says internet: false, but its network has a way out, through which its image is pulled: declare vpc({ endpoints: [${needed
          .map((endpoint) => `"${endpoint}"`)
          .join(", ")}] }) without NAT gateways`,
      );
    }
    if (options.internet !== false && !network.wayOut) {
      check.refuse(
        "no-way-out",
        `${named.key} may call the internet, but its network has no way out: give the vpc natGateways: 1, or ${named.key} internet: false`,
      );
    }
  }
}

interface Checker {
  refuse(code: string, message: string): void;
  /** A whole number within bounds, where it is given. */
  integer(option: string, value: number | undefined, minimum: number, maximum: number): void;
  pattern(option: string, value: string | undefined, pattern: RegExp, what: string): void;
  oneOf(option: string, value: string | undefined, values: readonly string[]): void;
  seconds(option: string, value: string | undefined, minimum: number, maximum: number): void;
}

function checker(named: Pick<Named, "key"> & { declared: { source: Named["declared"]["source"] } }, faults: FaultList): Checker {
  const refuse: Checker["refuse"] = (code, message) => faults.add({ code, key: named.key, message, at: named.declared.source });
  return {
    refuse,
    integer(option, value, minimum, maximum) {
      if (value === undefined || (Number.isInteger(value) && value >= minimum && value <= maximum)) return;
      refuse("bad-option", `${named.key}: ${option} is ${value}: write a whole number from ${minimum} to ${maximum}`);
    },
    pattern(option, value, pattern, what) {
      if (value === undefined || pattern.test(value)) return;
      refuse("bad-option", `${named.key}: ${option} is "${value}", which is not ${what}`);
    },
    oneOf(option, value, values) {
      if (value === undefined || values.includes(value)) return;
      refuse("bad-option", `${named.key}: ${option} is "${value}": write one of ${values.map((one) => `"${one}"`).join(", ")}`);
    },
    seconds(option, value, minimum, maximum) {
      if (value === undefined) return;
      const seconds = durationSeconds(value);
      if (seconds !== undefined && seconds >= minimum && seconds <= maximum) return;
      refuse(
        "bad-option",
        `${named.key}: ${option} is "${value}": write ${minimum} to ${maximum} seconds, with the unit, like "${minimum} seconds"`,
      );
    },
  };
}

const parameterName = /^\/(?!aws|ssm)[A-Za-z0-9_./-]{1,1010}$/;
const physicalName = /^[A-Za-z0-9_-]{1,255}$/;

function checkProgram({ key, declared }: Named<"service"> | Named<"task">, check: Checker): void {
  const options: Declared<"service">["options"] | Declared<"task">["options"] = declared.options;
  if (options.size !== undefined && !fargateSize(options.size)) {
    check.refuse("bad-option", `${key}: size is "${options.size}", which Fargate does not offer: write a pair like "0.5 vCPU, 1 GB"`);
  }
  check.seconds("stopTimeout", options.stopTimeout, 1, 120);
  check.pattern("name", options.name, physicalName, "1 to 255 letters, digits, - and _");
  check.pattern("logs.group", options.logs?.group, /^(?!aws\/)[A-Za-z0-9_/.#-]{1,512}$/, "a log group's name");
  if (options.command?.length === 0) check.refuse("bad-option", `${key}: command is empty: leave it out for the image's own`);
}

function checkService(named: Named<"service">, check: Checker, local: boolean): void {
  const { key } = named;
  const { options } = named.declared;
  checkProgram(named, check);
  check.integer("port", options.port, 1, 65_535);
  const scale = scaleOf(options.scale);
  check.integer("scale.min", scale.min, 0, 1000);
  check.integer("scale.max", scale.max, scale.min, 1000);
  check.integer("scale.cpu", scale.cpu, 10, 95);
  check.integer("scale.memory", scale.memory, 10, 95);
  if (scale.max === scale.min && (scale.cpu !== undefined || scale.memory !== undefined)) {
    check.refuse("bad-option", `${key}: scale says what to aim at, but max is not above min: give both limits`);
  }
  if (local && scale.max > scale.min) {
    check.refuse(
      "not-local",
      `${key} scales between ${scale.min} and ${scale.max} copies, which the embedded cloud does not do yet: write scale: local ? ${scale.min} : { … }`,
    );
  }
  if (typeof options.public === "object") checkDomain(key, options.public, options.port, check);
  if (options.public && options.port === undefined) check.refuse("no-port", `${key} is public but has no port: nobody can call it`);
  if (typeof options.health === "string" && options.port === undefined) {
    check.refuse("no-port", `${key}: health is a path, but it has no port to ask: give a port, or health: { command: [...] }`);
  }
  if (typeof options.health === "string") check.pattern("health", options.health, /^\/[A-Za-z0-9_./?=&%~-]*$/, "a path that begins with /");
  if (typeof options.health === "object") {
    check.seconds("health.every", options.health.every, 5, 300);
    check.seconds("health.timeout", options.health.timeout, 2, 120);
    check.seconds("health.grace", options.health.grace, 0, 300);
    check.integer("health.retries", options.health.retries, 1, 10);
  }
  if (options.exec && options.readOnlyRoot) {
    check.refuse("bad-option", `${key}: exec and readOnlyRoot exclude each other: a shell needs to write`);
  }
}

function checkDomain(key: string, { domain, zone }: PublicDomain, port: number | undefined, check: Checker): void {
  const name = /^(?=.{1,246}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
  check.pattern("public.domain", domain, name, "a name in small letters, like app.example.com");
  check.pattern("public.zone", zone, name, "a zone's name, like example.com");
  if (domain !== zone && !domain.endsWith(`.${zone}`)) {
    check.refuse("bad-option", `${key}: public.domain is "${domain}", which does not lie in the zone ${zone}`);
  }
  if (port !== undefined && port !== 80 && port !== 443 && port < 1024) {
    check.refuse("bad-option", `${key}: port is ${port}: CloudFront calls 80, 443, and 1024 to 65535`);
  }
}

function checkTask(named: Named<"task">, check: Checker, local: boolean): void {
  const { key } = named;
  const { run } = named.declared.options;
  checkProgram(named, check);
  if (typeof run === "string") check.oneOf("run", run, ["by-hand", "before-services"]);
  if (typeof run !== "object") return;
  if ("every" in run) {
    const seconds = durationSeconds(run.every);
    if (seconds === undefined || seconds < 60 || seconds % 60 !== 0) {
      check.refuse("bad-option", `${key}: run.every is "${run.every}": write whole minutes, hours or days, like "15 minutes"`);
    }
  } else if (!/^\S+( \S+){5}$/.test(run.cron)) {
    check.refuse("bad-option", `${key}: run.cron is "${run.cron}": write AWS's six fields, like "0 3 * * ? *"`);
  }
  if (local) {
    check.refuse(
      "not-local",
      `${key} runs by the clock, which the embedded cloud does not do yet: write run: local ? "by-hand" : …, and plinth run ${key}`,
    );
  }
}

function checkPostgres(named: Named<"postgres">, check: Checker, app: string): void {
  const { key } = named;
  const { options } = named.declared;
  const storage = options.storage ?? 20;
  check.oneOf("version", options.version, Object.keys(postgresMinor));
  check.pattern("instance", options.instance, /^db\.[a-z0-9]+\.[a-z0-9]+$/, "an instance class");
  check.integer("storage", storage, 20, 65_536);
  check.integer("maxStorage", options.maxStorage, Math.ceil(storage * 1.1), 65_536);
  check.integer("backup.retain", options.backup && Number.parseInt(options.backup.retain, 10), 0, 35);
  check.pattern(
    "name",
    options.name,
    /^[a-z](?!.*--)[a-z0-9-]{0,61}[a-z0-9]$|^[a-z]$/,
    "1 to 63 lower-case letters, digits and -, a letter first",
  );
  const database = options.database ?? app.replaceAll("-", "_");
  check.pattern("database", database, /^[a-z][a-z0-9_]{0,62}$/i, "1 to 63 letters, digits and _, a letter first");
  for (const extension of options.extensions ?? []) check.pattern("extensions", extension, /^[a-z][a-z0-9_-]*$/, "an extension's name");
  if ((options.extensions ?? []).join(" ").length > 256) {
    check.refuse("bad-option", `${key}: extensions are more than a tag holds (256 characters): make the others in a migration`);
  }
  if (options.parameters && "rds.force_ssl" in options.parameters && String(options.parameters["rds.force_ssl"]) !== "1") {
    check.refuse("bad-option", `${key}: rds.force_ssl cannot be taken away: every connection is encrypted`);
  }
}

function checkRedis(named: Named<"redis">, check: Checker): void {
  const { options } = named.declared;
  check.oneOf("engine", options.engine, Object.keys(cacheEngines));
  check.pattern("node", options.node, /^cache\.[a-z0-9]+\.[a-z0-9]+$/, "a node type");
  check.integer("replicas", options.replicas, 0, 5);
  check.integer("backup.retain", options.backup && Number.parseInt(options.backup.retain, 10), 0, 35);
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

function checkAlarms(named: Named<"alarms">, check: Checker): void {
  const { email, services, databases, caches, name } = named.declared.options;
  for (const address of [email ?? []].flat()) check.pattern("email", address, /^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address");
  for (const [option, value] of [
    ["services.cpu", services?.cpu],
    ["services.memory", services?.memory],
    ["databases.cpu", databases?.cpu],
    ["caches.memory", caches?.memory],
  ] as const) {
    if (value !== false) check.integer(option, value, 1, 100);
  }
  check.pattern("name", name, physicalName, "1 to 255 letters, digits, - and _");
}
