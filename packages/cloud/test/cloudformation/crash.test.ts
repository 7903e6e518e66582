/** The engine cut at every commit and every call of a handler, and taken up again: the end is the same as without a cut. */
import { describe, expect, test } from "vitest";
import { findStack, listResources } from "../../src/cloudformation/stack.ts";
import { failing, fakeCloud, type FakeCloud } from "./fake-cloud.ts";

const parameter = (Value: unknown, more: object = {}) => ({ Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value, ...more } });
const body = (Resources: object) => JSON.stringify({ Resources });

const first = body({
  A: parameter("a", { Name: "one" }),
  B: parameter({ Ref: "A" }),
  C: parameter("c"),
  D: parameter({ "Fn::GetAtt": ["C", "Value"] }),
});
const second = body({ A: parameter("a", { Name: "two" }), B: parameter({ Ref: "A" }), C: parameter("c2"), E: parameter("e") });

const scenarios: {
  name: string;
  before?: string;
  fails?: string;
  act: (fake: FakeCloud) => Promise<unknown>;
  end: string;
  things: string[];
}[] = [
  {
    name: "create",
    act: (fake) => fake.call("cloudformation", "CreateStack", { StackName: "s", TemplateBody: first }),
    end: "CREATE_COMPLETE",
    things: ["A:a", "B:one", "C:c", "D:c"],
  },
  {
    name: "create that fails",
    fails: "create D",
    act: (fake) => fake.call("cloudformation", "CreateStack", { StackName: "s", TemplateBody: first }),
    end: "ROLLBACK_COMPLETE",
    things: [],
  },
  {
    name: "update that replaces, changes, adds and removes",
    before: first,
    act: (fake) => fake.call("cloudformation", "UpdateStack", { StackName: "s", TemplateBody: second }),
    end: "UPDATE_COMPLETE",
    things: ["A:a", "B:two", "C:c2", "E:e"],
  },
  {
    name: "update that fails",
    before: first,
    fails: "create E",
    act: (fake) =>
      fake.call("cloudformation", "UpdateStack", { StackName: "s", TemplateBody: second.replace('"E":{', '"E":{"DependsOn":["B","C"],') }),
    end: "UPDATE_ROLLBACK_COMPLETE",
    things: ["A:a", "B:one", "C:c", "D:c"],
  },
  {
    name: "delete",
    before: first,
    act: (fake) => fake.call("cloudformation", "DeleteStack", { StackName: "s" }),
    end: "none",
    things: [],
  },
];

describe.each([{ withoutFind: false }, { withoutFind: true }])("$withoutFind", ({ withoutFind }) => {
  test.each(scenarios)("$name", async ({ before, fails, act, end, things }) => {
    for (let cut = 1; ; cut++) {
      let steps = 0;
      let armed = false;
      let crashed = false;
      const step = () => {
        if (!armed || ++steps !== cut) return;
        crashed = true;
        void fake.engine.halt();
      };
      using first = fakeCloud(cut, step);
      let fake = first;
      fake.services.withoutFind = withoutFind;
      if (before !== undefined) {
        await fake.call("cloudformation", "CreateStack", { StackName: "s", TemplateBody: before });
        await fake.engine.idle();
      }
      if (fails !== undefined) fake.services.before = failing(fails);
      fake.services.after = step;
      armed = true;
      let answered = true;
      await act(fake).catch(() => (answered = false));
      await fake.engine.idle();
      armed = false;
      if (crashed) {
        fake = fake.restart();
        await fake.engine.idle();
        // A call that was cut before its answer may not have been taken.
        if (!answered && !findStack(fake.store, "eu-central-1", "s")?.operation) await act(fake).catch(() => undefined);
        await fake.engine.idle();
      }
      const stack = findStack(fake.store, "eu-central-1", "s");
      expect([cut, stack?.status ?? "none"]).toEqual([cut, end]);
      expect(
        [...fake.services.things.values()].map(({ logicalId, properties }) => `${logicalId}:${String(properties.Value)}`).sort(),
      ).toEqual(things);
      if (stack) {
        const recorded = listResources(fake.store, stack).flatMap(({ current }) => current?.physicalId ?? []);
        expect(recorded.sort()).toEqual([...fake.services.things.keys()].sort());
      }
      if (!crashed) {
        expect(cut).toBeGreaterThan(5);
        break;
      }
    }
  });
});
