/** A disk that fills up while a stack is being made: whoever asks is told, and with room again it goes on to its end. */
import { expect, test } from "vitest";
import { findStack } from "../../src/cloudformation/stack.ts";
import { fakeCloud } from "./fake-cloud.ts";

const parameter = (Value: unknown) => ({ Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value } });
const TemplateBody = JSON.stringify({
  Resources: { A: parameter("a"), B: parameter({ Ref: "A" }), C: { ...parameter("c".repeat(8_000)), DependsOn: "B" } },
});

test.each(["create A", "create B", "create C"])("full at %s", async (act) => {
  using fake = fakeCloud();
  const { call, engine, services, store, world } = fake;
  const pages = () => (store.state.prepare("pragma page_count").get() as { page_count: number }).page_count;
  const limit = (count: number) => store.state.exec(`pragma max_page_count = ${count}`);
  store.schema("state", "create table filler (text text)");
  let filled = false;
  services.after = (one) => {
    if (one !== act || filled) return;
    filled = true;
    // A page may have room for some rows more: they are taken, too.
    limit(pages());
    for (const size of [4_000, 400, 40]) {
      try {
        for (;;) store.statement("state", "insert into filler values (?)").run("x".repeat(size));
      } catch (error) {
        expect(error).toMatchObject({ errcode: 13 });
      }
    }
  };
  limit(pages() + 40);
  await call("cloudformation", "CreateStack", { StackName: "s", TemplateBody });
  await engine.idle();
  expect(filled).toBe(true);
  const stalled = { code: "ServiceUnavailable", status: 503, message: expect.stringContaining("is full") };
  await expect(call("cloudformation", "DescribeStacks", { StackName: "s" })).rejects.toMatchObject(stalled);
  await world.clock.advance(10_000);
  await expect(call("cloudformation", "DescribeStacks", { StackName: "s" })).rejects.toMatchObject(stalled);

  limit(1_000_000);
  await world.clock.advance(1_000);
  await engine.idle();
  const { Stacks } = await call("cloudformation", "DescribeStacks", { StackName: "s" });
  expect(Stacks![0]!.StackStatus).toBe("CREATE_COMPLETE");
  expect([...services.things.values()].map(({ logicalId }) => logicalId)).toEqual(["A", "B", "C"]);
  expect(findStack(store, "eu-central-1", "s")?.operation).toBeUndefined();
});
