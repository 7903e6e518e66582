/** A failed update, whole: every event that it leaves, as one tree. */
import { expect, test } from "vitest";
import { failing, fakeCloud } from "./fake-cloud.ts";

const parameter = (Value: unknown, more: object = {}) => ({ Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value, ...more } });

test("what a failed update leaves", async () => {
  using fake = fakeCloud();
  const before = { Store: parameter("s", { Name: "store-1" }), App: parameter({ Ref: "Store" }), Old: parameter("o") };
  const after = {
    Store: parameter("s", { Name: "store-2" }),
    App: parameter({ Ref: "Store" }),
    Cache: parameter("c"),
    Web: { ...parameter("w"), DependsOn: ["App", "Cache"] },
  };
  await fake.call("cloudformation", "CreateStack", { StackName: "shop", TemplateBody: JSON.stringify({ Resources: before }) });
  await fake.engine.idle();
  fake.services.before = failing("create Web", "no capacity");
  await fake.call("cloudformation", "UpdateStack", { StackName: "shop", TemplateBody: JSON.stringify({ Resources: after }) });
  await fake.engine.idle();
  const { StackEvents } = await fake.call("cloudformation", "DescribeStackEvents", { StackName: "shop" });
  const lines = StackEvents!
    .toReversed()
    .map(({ LogicalResourceId, PhysicalResourceId = "", ResourceStatus, ResourceStatusReason = "" }) => {
      const id = PhysicalResourceId.startsWith("arn:") ? "" : ` ${PhysicalResourceId.replace(/-[A-Z0-9]{12}$/, "-*")}`;
      const reason = ResourceStatusReason.replaceAll(/Request(ID|Token| ID): ?[a-z0-9-]+/g, "Request$1: *");
      return `${LogicalResourceId === "shop" ? "" : "  "}${LogicalResourceId}${id} ${ResourceStatus}${reason && ` — ${reason}`}`;
    });
  expect(lines.slice(lines.indexOf("shop CREATE_COMPLETE") + 1).join("\n")).toMatchInlineSnapshot(`
    "shop UPDATE_IN_PROGRESS — User Initiated
      Store store-1 UPDATE_IN_PROGRESS — Requested update requires the creation of a new physical resource; hence creating one.
      Cache  CREATE_IN_PROGRESS
      Store store-2 UPDATE_IN_PROGRESS — Resource creation Initiated
      Store store-2 UPDATE_COMPLETE
      Cache shop-Cache-* CREATE_IN_PROGRESS — Resource creation Initiated
      Cache shop-Cache-* CREATE_COMPLETE
      App shop-App-* UPDATE_IN_PROGRESS
      App shop-App-* UPDATE_COMPLETE
      Web  CREATE_IN_PROGRESS
      Web  CREATE_FAILED — Resource handler returned message: "no capacity (Service: Ssm, Status Code: 400, Request ID: *)" (RequestToken: *, HandlerErrorCode: InvalidRequest)
    shop UPDATE_ROLLBACK_IN_PROGRESS — The following resource(s) failed to create: [Web]. 
      App shop-App-* UPDATE_IN_PROGRESS
      App shop-App-* UPDATE_COMPLETE
      Store store-1 UPDATE_COMPLETE
    shop UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
      Store store-2 DELETE_IN_PROGRESS
      Web  DELETE_COMPLETE
      Cache shop-Cache-* DELETE_IN_PROGRESS
      Store store-2 DELETE_COMPLETE
      Cache shop-Cache-* DELETE_COMPLETE
    shop UPDATE_ROLLBACK_COMPLETE"
  `);
});
