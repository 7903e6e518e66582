/** What the options of programs must hold: services and tasks. */
import { hasOneOpenDay, nextRunMs, parseSchedule } from "@plinth/cloudformation/schedule-expressions";
import { durationSeconds, fargateSize, type Declared } from "@plinth/language/reading";
import type { PublicDomain } from "@plinth/language";
import { domainName, physicalName, type Checker } from "./checker.ts";
import type { Named } from "./inventory.ts";
import { backlogOf, metricsOf, scaleOf, type FilledScale } from "./scale.ts";

function checkProgram({ key, declared }: Named<"service"> | Named<"task">, check: Checker): void {
  const options: Declared<"service">["options"] | Declared<"task">["options"] = declared.options;
  if (options.size !== undefined && !fargateSize(options.size)) {
    check.refuse("bad-option", `${key}: size is "${options.size}", which Fargate does not offer: write a pair like "0.5 vCPU, 1 GB"`);
  }
  check.seconds("stopTimeout", options.stopTimeout, 1, 120);
  check.pattern("name", options.name, physicalName, "1 to 255 letters, digits, - and _");
  check.pattern("logs.group", options.logs?.group, /^(?!aws\/)[A-Za-z0-9_/.#-]{1,512}$/, "a log group's name");
  for (const folder of Object.keys(options.mounts ?? {})) {
    check.pattern("mounts", folder, /^(?:\/[A-Za-z0-9._-]+)+$/, "a folder in the container, like /srv/files");
  }
  if (options.command?.length === 0) check.refuse("bad-option", `${key}: command is empty: leave it out for the image's own`);
}

export function checkService(named: Named<"service">, check: Checker): void {
  const { key } = named;
  const { options } = named.declared;
  checkProgram(named, check);
  check.integer("port", options.port, 1, 65_535);
  checkScale(key, scaleOf(options.scale), check);
  if (typeof options.public === "object") checkDomain(key, options.public, options.port, check);
  if (options.public && options.port === undefined) check.refuse("no-port", `${key} is public but has no port: nobody can call it`);
  const path =
    typeof options.health === "string" ? options.health : options.health && "path" in options.health ? options.health.path : undefined;
  check.pattern("health", path, /^\/[A-Za-z0-9_./?=&%~-]*$/, "a path that begins with /");
  if (path !== undefined && options.port === undefined) {
    check.refuse("no-port", `${key}: health is a path, but it has no port to ask: give a port, or health: { command: [...] }`);
  }
  if (typeof options.health === "object") {
    const { health } = options;
    check.seconds("health.every", health.every, 5, 300);
    check.seconds("health.timeout", health.timeout, 2, 120);
    check.seconds("health.grace", health.grace, 0, 300);
    const byPath = "path" in health;
    check.integer("health.retries", health.retries, byPath ? 2 : 1, 10);
    if (byPath) {
      check.integer("health.successes", health.successes, 2, 10);
      check.pattern(
        "health.codes",
        health.codes,
        /^[2-4]\d\d(?:-[2-4]\d\d)?(?:,[2-4]\d\d(?:-[2-4]\d\d)?)*$/,
        'statuses from 200 to 499, like "200,204" or "200-399"',
      );
      const [every, timeout] = [durationSeconds(health.every ?? "10 seconds") ?? 10, durationSeconds(health.timeout ?? "5 seconds") ?? 5];
      if (timeout >= every) {
        check.refuse(
          "bad-option",
          `${key}: health.timeout is ${timeout} seconds and health.every ${every}: one answer must take less than the time to the next question`,
        );
      }
    }
  }
  if (options.exec && options.readOnlyRoot) {
    check.refuse("bad-option", `${key}: exec and readOnlyRoot exclude each other: a shell needs to write`);
  }
}

function checkScale(key: string, scale: FilledScale, check: Checker): void {
  check.integer("scale.min", scale.min, 0, 1000);
  check.integer("scale.max", scale.max, scale.min, 1000);
  check.integer("scale.cpu", scale.cpu, 10, 95);
  check.integer("scale.memory", scale.memory, 10, 95);
  check.integer("scale.requestsPerTarget", scale.requestsPerTarget, 1, 1_000_000);
  checkMetrics(key, scale, check);
  const aims = [scale.cpu, scale.memory, scale.requestsPerTarget, scale.metric].some((aim) => aim !== undefined);
  if (scale.max === scale.min && aims && !scale.schedule?.length) {
    check.refuse("bad-option", `${key}: scale says what to aim at, but max is not above min: give both limits`);
  }
  const backlog = backlogOf(scale);
  if (scale.on !== undefined && backlog?.queue.kind !== "queue") {
    check.refuse("bad-option", `${key}: scale.on is no backlog: write the queue's, on: runs.backlogPerTask(10)`);
  } else check.integer("scale.on", backlog?.messages, 1, 100_000);
  scale.schedule?.forEach(({ cron, min, max, timeZone }, i) => {
    const at = `scale.schedule[${i}]`;
    checkCron(key, `${at}.cron`, cron, "0 7 ? * MON-FRI *", check);
    check.pattern(`${at}.timeZone`, timeZone, /^(?:UTC|[A-Z][A-Za-z]+(?:\/[A-Za-z_+-]+){1,2})$/, "a time zone, like Europe/Berlin");
    check.integer(`${at}.min`, min, 0, 1000);
    check.integer(`${at}.max`, max, min ?? 0, 1000);
    if (min === undefined && max === undefined) check.refuse("bad-option", `${key}: ${at} changes nothing: give min, max or both`);
  });
}

/** Source: CloudWatch API Reference, "MetricDatum" and "Dimension". */
function checkMetrics(key: string, scale: FilledScale, check: Checker): void {
  const seen = new Set<string>();
  metricsOf(scale).forEach(({ namespace, name, dimensions = {}, statistic, target }, i) => {
    const at = Array.isArray(scale.metric) ? `scale.metric[${i}]` : "scale.metric";
    check.pattern(`${at}.namespace`, namespace, /^[\w.\-/#: ]{1,255}$/, "a namespace of CloudWatch, like Shop");
    check.pattern(`${at}.name`, name, /^[\x20-\x7e]{1,255}$/, "a metric's name, like OpenCarts");
    check.oneOf(`${at}.statistic`, statistic, ["average", "minimum", "maximum", "sum", "count"]);
    if (!(target > 0)) check.refuse("bad-option", `${key}: ${at}.target is ${target}: write a number above 0`);
    const pairs = Object.entries(dimensions);
    if (pairs.length > 30 || pairs.some(([of, value]) => of === "" || of.startsWith(":") || value === "" || value.length > 1024))
      check.refuse(
        "bad-option",
        `${key}: ${at}.dimensions must be up to 30 names with values of 1 to 1024 characters, no name beginning with ":"`,
      );
    const same = JSON.stringify([namespace, name, pairs.sort(), statistic ?? "average"]);
    if (seen.has(same)) check.refuse("bad-option", `${key}: ${at} is the metric of another one: keep one target for it`);
    seen.add(same);
  });
}

function checkDomain(key: string, { domain, zone }: PublicDomain, port: number | undefined, check: Checker): void {
  check.pattern("public.domain", domain, domainName, "a name in small letters, like app.example.com");
  check.pattern("public.zone", zone, domainName, "a zone's name, like example.com");
  if (domain !== zone && !domain.endsWith(`.${zone}`)) {
    check.refuse("bad-option", `${key}: public.domain is "${domain}", which does not lie in the zone ${zone}`);
  }
  if (port !== undefined && port !== 80 && port !== 443 && port < 1024) {
    check.refuse("bad-option", `${key}: port is ${port}: CloudFront calls 80, 443, and 1024 to 65535`);
  }
}

export function checkTask(named: Named<"task">, check: Checker): void {
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
  } else checkCron(key, "run.cron", run.cron, "0 3 * * ? *", check);
}

/** Six fields that AWS takes, and that are some moment from now on. */
function checkCron(key: string, at: string, cron: string, example: string, check: Checker): void {
  const schedule = parseSchedule(`cron(${cron})`);
  // Application Auto Scaling takes two days that are both open, EventBridge Scheduler does not.
  if (!schedule || (at === "run.cron" && !hasOneOpenDay(cron))) {
    const fields = cron.trim().split(/\s+/u);
    const days = fields.length === 6 ? `, with ? in one of the two days (the third and the fifth field)` : "";
    check.refuse("bad-option", `${key}: ${at} is "${cron}": write AWS's six fields${days}, like "${example}"`);
  } else if (nextRunMs(schedule, "UTC", Date.now(), 0) === undefined) {
    check.refuse("bad-option", `${key}: ${at} is "${cron}", which never comes: no day from today on is one of its days`);
  }
}
