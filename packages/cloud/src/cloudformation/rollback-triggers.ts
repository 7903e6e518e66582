/**
 * Rollback triggers: alarms that are watched while a stack is made and for a time afterwards; one that is in ALARM, or is not there, turns
 * the operation back. Source: AWS CloudFormation API Reference, "RollbackConfiguration".
 */
import { AwsError } from "../aws-error.ts";
import { Cancelled } from "./acts.ts";
import { Halted } from "./journal.ts";
import { type Run, unlessHalted } from "./run.ts";
import { putStack } from "./stack.ts";

export interface RollbackTrigger {
  /** Of an alarm in the stack's region. */
  Arn: string;
  Type: "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm";
}

export interface RollbackConfiguration {
  /** At most 5. Default: none. */
  RollbackTriggers?: RollbackTrigger[];
  /** How long they are watched once all resources stand: 0 to 180. Default: 0. Without triggers it is waited all the same. */
  MonitoringTimeInMinutes?: number;
}

/** An alarm's shortest period is twice as long: none goes off and ends in between. */
const lookEveryMs = 5_000;

/**
 * `make`, then the time of monitoring, while the triggers are watched. What they find is written as the operation's `turnedBack`, and
 * aborts what is in flight. Rejects only with Halted.
 */
export async function whileWatched(run: Run, configuration: RollbackConfiguration = {}, make: () => Promise<void>): Promise<void> {
  const { RollbackTriggers: triggers = [], MonitoringTimeInMinutes: minutes = 0 } = configuration;
  const work = async () => {
    await make();
    if (minutes > 0 && !run.stack.operation!.failed) await monitor(run, minutes);
  };
  if (triggers.length === 0) return work();
  if (await isTurnedBack(run, triggers)) return;
  const over = new AbortController();
  const ends = await Promise.allSettled([work().finally(() => over.abort()), watch(run, triggers, over.signal)]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  if (!run.abort.signal.aborted) await isTurnedBack(run, triggers);
}

/** Until `over`, or a trigger that trips. */
async function watch(run: Run, triggers: readonly RollbackTrigger[], over: AbortSignal): Promise<void> {
  const end = AbortSignal.any([over, run.halted]);
  do {
    await run.cloud.world.clock.sleep(lookEveryMs, end).catch(() => undefined);
  } while (!end.aborted && !(await isTurnedBack(run, triggers)));
}

/** The end is on disk from the beginning on: a restart does not begin the time anew. */
async function monitor(run: Run, minutes: number): Promise<void> {
  const { cloud, stack, journal } = run;
  const { clock } = cloud.world;
  const operation = stack.operation!;
  if (operation.monitoredUntilMs === undefined) {
    journal.now(() => {
      operation.monitoredUntilMs = clock.nowMs() + minutes * 60_000;
      putStack(cloud.store, stack);
    });
  }
  const leftMs = Math.max(0, operation.monitoredUntilMs! - clock.nowMs());
  await clock.sleep(leftMs, AbortSignal.any([run.abort.signal, run.halted])).catch(() => undefined);
  if (run.halted.aborted) throw new Halted();
}

async function isTurnedBack(run: Run, triggers: readonly RollbackTrigger[]): Promise<boolean> {
  const { cloud, stack, journal } = run;
  const operation = stack.operation!;
  const reason = await found(run, triggers);
  if (reason === undefined) return false;
  journal.now(() => {
    operation.turnedBack = reason;
    putStack(cloud.store, stack);
  });
  run.abort.abort(new Cancelled());
  return true;
}

/** Why the operation is to be turned back, if it is. The alarms are read with the rights of the stack's caller or role. */
async function found(run: Run, triggers: readonly RollbackTrigger[]): Promise<string | undefined> {
  const states = new Map<string, string | undefined>();
  const key = (type: string, arn: string | undefined) => `${type} ${arn}`;
  try {
    const { MetricAlarms = [], CompositeAlarms = [] } = await unlessHalted(run, "look at rollback triggers", () =>
      run.call("cloudwatch", "DescribeAlarms", {
        AlarmNames: [...new Set(triggers.map(({ Arn }) => Arn.slice(Arn.indexOf(":alarm:") + 7)))],
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
      }),
    );
    for (const { AlarmArn, StateValue } of MetricAlarms) states.set(key("AWS::CloudWatch::Alarm", AlarmArn), StateValue);
    for (const { AlarmArn, StateValue } of CompositeAlarms) states.set(key("AWS::CloudWatch::CompositeAlarm", AlarmArn), StateValue);
  } catch (error) {
    if (error instanceof AwsError) return `Rollback triggers could not be read: ${error.message}. `;
    throw error;
  }
  const listed = (state: string | undefined) =>
    triggers.filter(({ Type, Arn }) => states.get(key(Type, Arn)) === state).map(({ Arn }) => Arn);
  const missing = listed(undefined);
  if (missing.length > 0) return `The following rollback trigger(s) do not exist: [${missing.join(", ")}]. `;
  const alarming = listed("ALARM");
  return alarming.length === 0 ? undefined : `The following rollback trigger(s) went to ALARM: [${alarming.join(", ")}]. `;
}
