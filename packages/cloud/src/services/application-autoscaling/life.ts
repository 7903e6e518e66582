/** Its life: answers alarms, and looks every ten seconds at what is scheduled and what is under way. */
import type { Cloud } from "../../cloud.ts";
import { answerAlarms } from "../../runtime/alarm-actions.ts";
import { followUp, forgetOldActivities } from "./activities.ts";
import { runDue } from "./scheduled-actions.ts";
import { actOnAlarm } from "./scaling.ts";

const tickMs = 10_000;
const hourMs = 3_600_000;

interface Life {
  cancel: () => void;
  /** What scales now: one after the other, so that each sees what the one before it did. Never rejects. */
  turn: Promise<void>;
  forgotMs: number;
}

const key = Symbol("application-autoscaling.life");
const life = (cloud: Cloud): Life => cloud.memory(key, () => ({ cancel: () => {}, turn: Promise.resolve(), forgotMs: 0 }));

export function startScaling(cloud: Cloud): void {
  answerAlarms(cloud, "autoscaling", (occurrence) =>
    inTurn(cloud, () => actOnAlarm({ cloud, account: cloud.account, region: occurrence.region }, occurrence)),
  );
  tick(cloud);
}

function tick(cloud: Cloud): void {
  const own = life(cloud);
  own.cancel();
  own.cancel = cloud.world.clock.after(tickMs, () => {
    inTurn(cloud, () => look(cloud)).catch(() => {
      // What could not be written (a full disk) is looked at again ten seconds later.
    });
    tick(cloud);
  });
}

async function look(cloud: Cloud): Promise<void> {
  await runDue(cloud);
  await followUp(cloud);
  const own = life(cloud);
  const nowMs = cloud.world.clock.nowMs();
  if (nowMs - own.forgotMs < hourMs) return;
  own.forgotMs = nowMs;
  forgetOldActivities(cloud);
}

/** Runs when all that scaled before has ended. */
export function inTurn<R>(cloud: Cloud, run: () => Promise<R>): Promise<R> {
  const own = life(cloud);
  const result = own.turn.then(run);
  own.turn = Promise.allSettled([result]).then(() => undefined);
  return result;
}

export async function stopScaling(cloud: Cloud): Promise<void> {
  const own = life(cloud);
  own.cancel();
  await own.turn;
}
