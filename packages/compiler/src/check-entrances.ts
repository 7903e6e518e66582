/** What public services must hold: their names, their ports, and what App Runner itself asks for. */
import { durationSeconds } from "@plinth/language/reading";
import { domainName, type Checker } from "./checker.ts";
import type { Compilation } from "./compilation.ts";
import { entranceOf, entrances } from "./entrance-kind.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { scaleOf } from "./scale.ts";

/** Pairs of processor and memory that App Runner offers. Source: "App Runner service configuration". */
const appRunnerSizes = [
  "0.25 vCPU, 0.5 GB",
  "0.25 vCPU, 1 GB",
  "0.5 vCPU, 1 GB",
  "1 vCPU, 2 GB",
  "1 vCPU, 3 GB",
  "1 vCPU, 4 GB",
  "2 vCPU, 4 GB",
  "2 vCPU, 6 GB",
  "4 vCPU, 8 GB",
  "4 vCPU, 10 GB",
  "4 vCPU, 12 GB",
];

/** Names that a certificate may have beside the first. Source: "Quotas", AWS Certificate Manager User Guide. */
const mostNames = 10;

export function checkEntrances(compilation: Compilation, checkerOf: (named: Named<"service">) => Checker): void {
  const ports = new Map<number, string>();
  let names = 0;
  for (const named of entrances(compilation.inventory)) {
    const { key, declared } = named;
    const check = checkerOf(named);
    const { domain, kind } = declared.options.entrance!;
    if (kind === "nextjs")
      check.pattern("name", `${compilation.stem}-${named.kebab}`, /^.{1,64}$/, "short enough for CloudFront: rename it");
    if (domain) {
      check.pattern("domain.name", domain.name, domainName, "a name in small letters, like app.example.com");
      check.pattern("domain.zone", domain.zone, domainName, "a zone's name, like example.com");
      if (domain.name !== domain.zone && !domain.name.endsWith(`.${domain.zone}`)) {
        check.refuse("bad-option", `${key}: domain.name is "${domain.name}", which does not lie in the zone ${domain.zone}`);
      }
    }
    const { by, domain: given, plainPort } = entranceOf(declared.options)!;
    if (given) names += by === "edge" ? 2 : 1;
    if (names > mostNames) {
      check.refuse("too-many-names", `${key}: the shared load balancer would have ${names} names, and its certificate holds ${mostNames}`);
    }
    if (plainPort === undefined) continue;
    const other =
      ports.get(plainPort) ?? (!compilation.local && (plainPort === 80 || plainPort === 443) ? "the load balancer itself" : undefined);
    if (other !== undefined) {
      check.refuse(
        "same-port",
        `${other} and ${key} both listen on ${plainPort} of the load balancer that they share: give ${key} another port, or a domain`,
      );
    }
    ports.set(plainPort, key);
  }
  for (const { named: program, reaches } of compilation.programs) {
    if (program.declared.kind !== "task") continue;
    for (const of of reaches) {
      const unknown = of.kind === "appRunner" || (of.kind === "service" && of.options.entrance && !entranceOf(of.options)!.knownUrl);
      const name = compilation.inventory.find(of)?.key;
      if (!unknown || name === undefined) continue;
      checkerOf(program as unknown as Named<"service">).refuse(
        "not-there-yet",
        `${program.key} names ${name}, whose address is known only after tasks are made: give ${name} a domain, or leave it out of ${program.key}`,
      );
    }
  }
}

export function checkAppRunner({ stem }: Pick<Compilation, "stem">, named: Named<"appRunner">, check: Checker): void {
  const { key } = named;
  const { options } = named.declared;
  check.oneOf("runtime", options.runtime, ["ecs", "apprunner"]);
  check.oneOf("size", options.size, appRunnerSizes);
  check.integer("port", options.port, 1, 65_535);
  check.pattern(
    "name",
    options.name ?? `${stem}-${named.kebab}`,
    /^[A-Za-z0-9][A-Za-z0-9_-]{3,39}$/,
    "4 to 40 letters, digits, - and _, a letter or digit first",
  );
  const scale = scaleOf(options.scale);
  check.integer("scale.min", scale.min, 1, 25);
  check.integer("scale.max", scale.max, scale.min, 25);
  if (options.domain) {
    check.refuse(
      "bad-option",
      `${key}: App Runner gives a name of its own, and CloudFormation cannot give it another: leave out domain, or runtime`,
    );
  }
  if (options.health !== undefined && typeof options.health === "object" && "command" in options.health) {
    check.refuse("bad-option", `${key}: App Runner asks a path, not a command: write health: "/health"`);
  }
  if (options.command?.some((word) => /\s/.test(word))) {
    check.refuse("bad-option", `${key}: App Runner takes the command as one line: write it without words that hold a space`);
  }
  for (const entry of ["readOnlyRoot", "logs"] as const) {
    if (options[entry]) check.refuse("bad-option", `${key}: App Runner does not have ${entry}: leave it out, or runtime`);
  }
}

/** All calls of a service on App Runner go into the network, and so need a way out of it. */
export function checkAppRunnerPlacement(named: Named<"appRunner">, network: Network, check: Checker): void {
  if (network.placement === "private" && network.wayOut) return;
  check.refuse(
    "no-way-out",
    `${named.key} runs on App Runner, whose calls all go into the network, and that has no way out for them: give the vpc natGateways: 1`,
  );
}

/** What a rollout must hold, and where it can be. */
export function checkRollout(named: Named<"service">, check: Checker, rulesOf: () => { balancers: number; rules: number }): void {
  const { key } = named;
  const { deploy, port, scale } = named.declared.options;
  if (typeof deploy === "string") check.oneOf("deploy", deploy, ["rolling", "replace"]);
  if (typeof deploy !== "object") return;
  check.oneOf("deploy.strategy", deploy.strategy, ["blue-green", "linear", "canary"]);
  const minutes = (option: string, value: string | undefined): void => {
    const seconds = value === undefined ? 0 : durationSeconds(value);
    if (seconds !== undefined && seconds % 60 === 0 && seconds <= 86_400) return;
    check.refuse("bad-option", `${key}: ${option} is "${value}": write whole minutes up to 1 day, like "5 minutes"`);
  };
  minutes("deploy.bake", deploy.bake);
  if (deploy.strategy !== "blue-green") {
    minutes("deploy.every", deploy.every);
    check.integer("deploy.percent", deploy.percent, deploy.strategy === "linear" ? 3 : 1, deploy.strategy === "linear" ? 100 : 99);
  }
  if (typeof scale === "object" && scale.requestsPerTarget !== undefined) {
    check.refuse(
      "bad-option",
      `${key}: scale.requestsPerTarget counts the requests of one group of copies, and a rollout goes back and forth between two: aim at cpu`,
    );
  }
  const { balancers, rules } = rulesOf();
  if (port === undefined || balancers === 0) {
    check.refuse(
      "no-load-balancer",
      `${key}: a ${deploy.strategy} rollout moves requests, but no load balancer has a route to ${key}: give it one`,
    );
  } else if (balancers > 1) {
    check.refuse(
      "bad-option",
      `${key}: a ${deploy.strategy} rollout moves the requests of one load balancer, and ${key} stands behind ${balancers}`,
    );
  } else if (rules > 1) {
    check.refuse(
      "bad-option",
      `${key}: a ${deploy.strategy} rollout moves the requests of one rule, and the routes to ${key} make ${rules}: keep them to five paths of one host`,
    );
  }
}
