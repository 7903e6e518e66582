/** What the options of queues, topics and buckets must hold. */
import type { Compilation } from "./compilation.ts";
import type { Checker } from "./checker.ts";
import type { Named } from "./inventory.ts";
import { notificationsOf } from "./bucket-notification.ts";
import { queueStem } from "./queue.ts";
import { subscriptionsOf } from "./topic-subscription.ts";

export function checkQueue(compilation: Compilation, named: Named<"queue">, check: Checker): void {
  const { key } = named;
  // As a file that was not type-checked may have it.
  const options: { readonly fifo?: boolean; readonly deduplicate?: string; readonly throughput?: string } & typeof named.declared.options =
    named.declared.options;
  for (const option of ["deduplicate", "throughput"] as const) {
    if (options[option] === undefined) continue;
    if (!options.fifo) check.refuse("only-fifo", `${key}: ${option} stands only with fifo: true: add that, or leave ${option} out`);
  }
  if (options.fifo) {
    check.oneOf("deduplicate", options.deduplicate, ["by-id", "by-content"]);
    check.oneOf("throughput", options.throughput, ["standard", "high"]);
  }
  check.integer("attempts", options.attempts, 1, 1000);
  check.seconds("visibilityTimeout", options.visibilityTimeout, 0, 43_200);
  check.seconds("retain", options.retain, 60, 1_209_600);
  check.seconds("delay", options.delay, 0, 900);
  check.seconds("wait", options.wait, 0, 20);
  if (options.deadLetter) check.seconds("deadLetter.retain", options.deadLetter.retain, 60, 1_209_600);
  if (options.deadLetter === false && options.attempts !== undefined) {
    check.refuse(
      "bad-option",
      `${key}: attempts say when a message goes to the dead-letter queue, but there is none: leave one of both out`,
    );
  }
  // `-dead.fifo` is the longest of what is put behind it.
  const stem = queueStem(compilation, named);
  check.pattern(
    "name",
    stem,
    /^[A-Za-z0-9_-]{1,70}$/,
    "1 to 70 letters, digits, - and _ (SQS allows 80, with -dead.fifo): give a shorter name",
  );
  checkDead(compilation, named, check);
}

/** Nobody can name a dead-letter queue that there is not. */
function checkDead({ programs }: Compilation, { key, declared }: Named<"queue">, check: Checker): void {
  if (declared.options.deadLetter !== false) return;
  for (const { named, env, uses } of programs) {
    const references = [...uses, ...env.flatMap((entry) => ("reference" in entry ? [entry.reference] : []))];
    if (references.some(({ to, detail }) => to === declared && detail === "dead")) {
      check.refuse("no-dead-letters", `${named.key} names ${key}.dead, but ${key} has deadLetter: false: leave one of both out`);
    }
  }
}

export function checkTopic({ inventory, stem }: Compilation, named: Named<"topic">, check: Checker): void {
  const { key, declared } = named;
  const { options } = declared;
  check.pattern("name", options.name ?? `${stem}-${named.kebab}`, /^[A-Za-z0-9_-]{1,251}$/, "1 to 251 letters, digits, - and _");
  const queues = new Set<unknown>();
  subscriptionsOf(declared).forEach((one, i) => {
    if (one.email !== undefined) {
      check.pattern(`to[${i}]`, one.email, /^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address");
      if (options.fifo) check.refuse("only-fifo", `${key}: a topic with fifo: true reaches queues with fifo: true alone, not ${one.email}`);
      return;
    }
    if (one.queue?.kind !== "queue") {
      check.refuse("bad-option", `${key}: to[${i}] is no queue and no e-mail address: write one of both`);
      return;
    }
    const name = inventory.find(one.queue)?.key ?? "the queue";
    if (queues.has(one.queue)) check.refuse("bad-option", `${key}: to names ${name} twice: keep one`);
    queues.add(one.queue);
    if (one.queue.options.fifo && !options.fifo) {
      check.refuse("only-fifo", `${key}: ${name} has fifo: true, which only a topic with fifo: true reaches: give ${key} fifo: true`);
    }
    if (!one.queue.options.fifo && options.fifo) {
      check.refuse("only-fifo", `${key}: a topic with fifo: true reaches queues with fifo: true alone: give ${name} fifo: true`);
    }
  });
}

export function checkBucket({ inventory, hardened }: Compilation, named: Named<"bucket">, check: Checker): void {
  const { key, declared } = named;
  const { options } = declared;
  check.pattern(
    "name",
    options.name,
    /^(?!xn--|sthree-|.*\.\.|.*(?:-s3alias|--ol-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "3 to 63 lower-case letters, digits, - and ., a letter or digit first and last",
  );
  check.oneOf("tiering", options.tiering, ["standard", "intelligent"]);
  const { objects, oldVersions, unfinishedUploads } = options.expire ?? {};
  for (const [option, value] of Object.entries({ objects, oldVersions, unfinishedUploads })) {
    check.seconds(`expire.${option}`, value, 86_400, 86_400 * 36_500);
  }
  if (oldVersions !== undefined && !(options.versioned ?? hardened.versions)) {
    check.refuse("bad-option", `${key}: expire.oldVersions needs versioned: true: without it there are no old versions`);
  }
  const origin = /^(?:\*|https?:\/\/[^\s/]+)$/;
  for (const [i, rule] of [options.cors ?? []].flat().entries()) {
    for (const one of rule.origins)
      check.pattern(`cors[${i}].origins`, one, origin, 'an origin, like "https://example.com" without a path, or "*"');
    for (const one of rule.methods) check.oneOf(`cors[${i}].methods`, one, ["GET", "HEAD", "PUT", "POST", "DELETE"]);
    check.seconds(`cors[${i}].maxAge`, rule.maxAge, 0, 86_400);
    if (rule.origins.length === 0 || rule.methods.length === 0) {
      check.refuse("bad-option", `${key}: cors[${i}] lets nobody do anything: give origins and methods`);
    }
  }
  for (const { to } of notificationsOf(declared)) {
    if (to?.kind !== "queue" && to?.kind !== "topic")
      check.refuse("bad-option", `${key}: notify.to is no queue and no topic: write one of both`);
    else if (to.options.fifo) {
      const name = inventory.find(to)?.key ?? `the ${to.kind}`;
      check.refuse("only-standard", `${key}: S3 tells no ${to.kind} with fifo: true: let ${name} be without, or name another`);
    }
  }
}
