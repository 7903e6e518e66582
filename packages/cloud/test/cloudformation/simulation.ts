/** Many random lives of a stack, with failures, cancels and crashes, each replayed from its seed; and what must hold after each. */
import assert from "node:assert/strict";
import { AwsError } from "../../src/aws-error.ts";
import { findStack, getModel, listResources, type Stack } from "../../src/cloudformation/stack.ts";
import { Halted } from "../../src/cloudformation/journal.ts";
import { MadeInPart } from "../../src/resource.ts";
import { seededRandom } from "../../src/world/simulated.ts";
import { fakeCloud, type FakeCloud } from "./fake-cloud.ts";

export interface SimulationResult {
  operations: number;
  crashes: number;
  failures: number;
  /** The statuses that operations ended in. */
  ended: Record<string, number>;
}

const stackName = "sim";
const region = "eu-central-1";

/** Throws an AssertionError that names the seed when something does not hold. */
export async function simulate(seed: number, operationCount = 8): Promise<SimulationResult> {
  const life = new Life(seed);
  try {
    for (let index = 0; index < operationCount; index++) await life.operate();
    await life.end();
    return life.result;
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n${life.trace.slice(-80).join("\n")}`, {
      cause: error,
    });
  } finally {
    life.fake[Symbol.dispose]();
  }
}

class Life {
  readonly trace: string[] = [];
  readonly result: SimulationResult = { operations: 0, crashes: 0, failures: 0, ended: {} };
  fake: FakeCloud;
  private readonly random;
  /** Turned off while a stack is brought back to a good state. */
  private calm = false;
  /** Things whose deletion failed: the engine may have let go of them. */
  private readonly leftOver = new Set<string>();
  /** What stood at the last good point, by logical id. */
  private good = "[]";

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.fake = fakeCloud(seed, () => this.step());
    const { services, world } = this.fake;
    services.withoutFind = this.chance(0.3);
    services.before = async (act, { signal, physicalId }) => {
      this.trace.push(act);
      if (this.chance(0.5)) await world.clock.sleep(this.upTo(50), signal);
      // A creation that is repeated to learn what a crash left must not fail: nothing could then be known of it.
      const forward = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"].includes(this.stack()?.status ?? "");
      if (this.calm || (act.startsWith("create") && !forward) || !this.chance(0.06)) return;
      this.result.failures++;
      this.trace.push(`fails: ${act}`);
      if (physicalId !== undefined && act.startsWith("delete")) this.leftOver.add(physicalId);
      throw new AwsError("ServiceFailure", "by chance", 500);
    };
    services.after = (act) => {
      if (this.calm) return;
      if (act.startsWith("create") && this.chance(0.04)) {
        const thing = [...services.things.values()].findLast(({ logicalId }) => act === `create ${logicalId}`)!;
        this.result.failures++;
        this.trace.push(`fails in part: ${act}`);
        throw new MadeInPart(thing.id, new AwsError("ServiceFailure", "half way", 500));
      }
      this.maybeCrash(0.03);
    };
  }

  private chance(probability: number): boolean {
    return this.upTo(10_000) < probability * 10_000;
  }

  private upTo(limit: number): number {
    const bytes = this.random.bytes(4);
    return (((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0) % limit;
  }

  private step(): void {
    this.maybeCrash(0.02);
  }

  private maybeCrash(probability: number): void {
    if (this.calm || !this.running() || !this.chance(probability)) return;
    this.result.crashes++;
    this.trace.push("crash");
    void this.fake.engine.halt();
    this.crashed = true;
  }

  private crashed = false;

  private stack(): Stack | undefined {
    return findStack(this.fake.store, region, stackName);
  }

  private running(): boolean {
    return this.stack()?.operation !== undefined;
  }

  private template(): string {
    const ids = ["A", "B", "C", "D", "E", "F"].filter(() => this.chance(0.6));
    if (ids.length === 0) ids.push("A");
    const Resources: Record<string, object> = {};
    for (const [index, id] of ids.entries()) {
      const others = ids.slice(0, index).filter(() => this.chance(0.35));
      const Value =
        others.length === 0
          ? `v${this.upTo(3)}`
          : {
              "Fn::Join": [
                ",",
                [`v${this.upTo(2)}`, ...others.map((Ref) => (this.chance(0.5) ? { Ref } : { "Fn::GetAtt": [Ref, "Value"] }))],
              ],
            };
      const name = this.chance(0.4) ? { Name: `${id}-${this.upTo(3)}` } : {};
      Resources[id] = {
        Type: "AWS::SSM::Parameter",
        Properties: { Type: "String", Value, ...name },
        ...(this.chance(0.2) && index > 0 ? { DependsOn: ids[0]! } : {}),
      };
    }
    return JSON.stringify({ Resources });
  }

  /** Runs one operation to its end, crashes included, and checks what must hold. */
  async operate(): Promise<void> {
    const stack = this.stack();
    const status = stack?.status ?? "none";
    this.trace.push(`— ${status}`);
    this.good = this.standing();
    if (!stack) {
      const OnFailure = (["ROLLBACK", "DELETE", "DO_NOTHING"] as const)[this.upTo(3)]!;
      await this.call("CreateStack", { StackName: stackName, TemplateBody: this.template(), OnFailure });
    } else if (["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"].includes(status) || this.chance(0.12))
      await this.call("DeleteStack", { StackName: stackName });
    else if (status === "CREATE_FAILED" || status === "UPDATE_FAILED") await this.call("RollbackStack", { StackName: stackName });
    else await this.call("UpdateStack", { StackName: stackName, TemplateBody: this.template(), DisableRollback: this.chance(0.25) });
    await this.settle(this.chance(0.15));
    if (this.stack()?.status === "UPDATE_ROLLBACK_FAILED") {
      this.calm = true;
      await this.call("ContinueUpdateRollback", { StackName: stackName });
      await this.settle(false);
      this.calm = false;
    }
    this.check();
  }

  /** Deletes the stack for good: nothing may be left. */
  async end(): Promise<void> {
    this.calm = true;
    await this.call("DeleteStack", { StackName: stackName });
    await this.settle(false);
    assert.equal(this.stack(), undefined, "the stack is gone");
    assert.deepEqual(this.held(), [], "nothing is orphaned");
  }

  private async call(
    operation: "CreateStack" | "UpdateStack" | "DeleteStack" | "RollbackStack" | "ContinueUpdateRollback" | "CancelUpdateStack",
    input: object,
  ): Promise<void> {
    this.result.operations++;
    this.trace.push(`${operation} ${JSON.stringify(input)}`);
    try {
      await this.fake.call("cloudformation", operation, input as never);
    } catch (error) {
      // The crash came before the call was answered.
      if (error instanceof Halted && this.crashed) return;
      if (!(error instanceof AwsError) || error.message !== "No updates are to be performed.") throw error;
    }
  }

  private async settle(cancel: boolean): Promise<void> {
    let left = cancel ? this.upTo(10) : -1;
    for (let turn = 0; this.running() || this.crashed; turn++) {
      assert.ok(turn < 20_000, "every operation ends");
      if (this.crashed) {
        this.crashed = false;
        await this.fake.engine.halt();
        this.fake = this.fake.restart(() => this.step());
      }
      if (left-- === 0 && this.stack()?.status === "UPDATE_IN_PROGRESS") {
        this.trace.push("cancel");
        await this.call("CancelUpdateStack", { StackName: stackName });
      }
      await this.fake.world.clock.advance(5);
    }
    const status = this.stack()?.status ?? "DELETE_COMPLETE";
    this.result.ended[status] = (this.result.ended[status] ?? 0) + 1;
  }

  private held(): string[] {
    return [...this.fake.services.things.keys()].filter((id) => !this.leftOver.has(id)).sort();
  }

  private standing(): string {
    const things = [...this.fake.services.things.values()].filter(({ id }) => !this.leftOver.has(id));
    return JSON.stringify(things.map(({ id, logicalId, properties }) => [logicalId, id, properties]).sort());
  }

  private check(): void {
    const stack = this.stack();
    const resources = stack ? listResources(this.fake.store, stack) : [];
    // A thing whose id was lost in a crash is known by the token of its intent.
    const tokens = new Set(
      resources.flatMap(({ current, garbage, stable }) => [current, stable?.instance, ...garbage].map((thing) => thing?.token)),
    );
    for (const id of this.held()) assert.ok(tokens.has(this.fake.services.things.get(id)!.token), `${id} is orphaned`);
    for (const { current, logicalId } of resources) {
      if (current?.state === "made") assert.ok(this.fake.services.things.has(current.physicalId!), `${logicalId} is lost`);
    }
    const status = stack?.status ?? "DELETE_COMPLETE";
    if (status === "DELETE_COMPLETE" || status === "ROLLBACK_COMPLETE") assert.deepEqual(this.held(), [], `${status} leaves nothing`);
    if (status === "UPDATE_ROLLBACK_COMPLETE" && !this.wasFailed) assert.equal(this.standing(), this.good, "what stood stands again");
    if (stack && ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"].includes(status)) this.checkGood(stack);
    this.wasFailed = status === "UPDATE_FAILED" || status === "CREATE_FAILED";
  }

  /** The last operation stood still: what stood before the next one is not the last good point. */
  private wasFailed = false;

  private checkGood(stack: Stack): void {
    const resources = listResources(this.fake.store, stack);
    const wanted = Object.keys(
      (JSON.parse(getModel(this.fake.store, stack, stack.model!).template) as { Resources: object }).Resources,
    ).sort();
    assert.deepEqual(
      resources.map(({ logicalId }) => logicalId),
      wanted,
      "the resources are the template's",
    );
    for (const { logicalId, current, stable, garbage } of resources) {
      assert.equal(stable, undefined, `${logicalId} has nothing to restore`);
      assert.deepEqual(garbage, [], `${logicalId} has nothing to remove`);
      assert.equal(current?.state, "made");
      assert.deepEqual(
        this.fake.services.things.get(current!.physicalId!)?.properties,
        current!.properties,
        `${logicalId} is what its record says`,
      );
    }
  }
}
