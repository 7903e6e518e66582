/** What an app says of its price, and what is wrong with it. */
import { app, postgres, type AppOptions } from "@plinth/language";
import { expect, test } from "vitest";
import { assemblyOf, faultsOf } from "./compile-app.ts";

type Wishes = Pick<AppOptions<readonly ["dev", "prod"]>, "expect" | "budget">;
const shop = (wishes: Wishes) =>
  app("shop", { region: "eu-west-1", stages: ["dev", "prod"], ...(wishes as object) }, () => ({ database: postgres() }));

test("what is said of a stage goes before what is said of all, thing by thing", () => {
  const wishes: Wishes = {
    expect: {
      logGB: 1,
      dataOutGB: 2,
      of: { web: { logGB: 3, imageGB: 4 }, api: { logGB: 5 } },
      stages: { prod: { dataOutGB: 20, of: { web: { logGB: 30 } } } },
    },
    budget: { prod: 400 },
  };
  const dev = assemblyOf(shop(wishes), "dev");
  expect([dev.expect, dev.budget]).toEqual([
    { logGB: 1, dataOutGB: 2, of: { web: { logGB: 3, imageGB: 4 }, api: { logGB: 5 } } },
    undefined,
  ]);
  const prod = assemblyOf(shop(wishes), "prod");
  expect([prod.expect, prod.budget]).toEqual([{ logGB: 1, dataOutGB: 20, of: { web: { logGB: 30, imageGB: 4 }, api: { logGB: 5 } } }, 400]);
  expect(assemblyOf(shop({ budget: 120 }), "dev").budget).toBe(120);
  expect(assemblyOf(shop({}), "dev")).not.toHaveProperty("expect");
});

test.each<[Wishes, string]>([
  [{ budget: -1 }, "budget is -1: write a number, 0 or greater"],
  [{ budget: { prod: Number.NaN } }, "budget.prod is NaN: write a number, 0 or greater"],
  [{ expect: { logGB: "3" as never } }, 'expect.logGB is "3": write a number, 0 or greater'],
  [{ expect: { of: { web: { tasks: { busy: -2 } } } } }, "expect.of.web.tasks.busy is -2: write a number, 0 or greater"],
  [{ expect: { stages: { moon: {} } as never } }, 'expect or budget names "moon", which is none of the stages dev, prod'],
])("%j is refused", (wishes, message) => {
  expect(faultsOf(shop(wishes)).map((fault) => [fault.code, fault.message])).toEqual([["bad-app", message]]);
});
