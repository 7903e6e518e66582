/** A public address of a task is asked of EC2 once for each network interface. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { publicAddress } from "../src/task-addresses.ts";
import { fakeAws } from "./fake-aws.ts";

const folder = mkdtempSync(join(tmpdir(), "plinth-addresses-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const asked: string[] = [];
const aws = fakeAws({
  "ec2.DescribeNetworkInterfaces": ({ NetworkInterfaceIds: [id = ""] }: { NetworkInterfaceIds: string[] }) => {
    asked.push(id);
    return { NetworkInterfaces: id.startsWith("eni-private") ? [{}] : [{ Association: { PublicIp: `192.0.2.${id.slice(4)}` } }] };
  },
});
const askedFor = async (id: string, beside = folder) => {
  asked.length = 0;
  return { address: await publicAddress(aws, id, beside), asked: [...asked] };
};

test("an address is asked for once", async () => {
  expect(await askedFor("eni-1")).toEqual({ address: "192.0.2.1", asked: ["eni-1"] });
  expect(await askedFor("eni-2")).toEqual({ address: "192.0.2.2", asked: ["eni-2"] });
  expect(await askedFor("eni-1")).toEqual({ address: "192.0.2.1", asked: [] });
  expect(readdirSync(folder)).toEqual(["task-addresses.json"]);
});

test("an interface that has none yet is asked for again", async () => {
  expect(await askedFor("eni-private")).toEqual({ address: undefined, asked: ["eni-private"] });
  expect(await askedFor("eni-private")).toEqual({ address: undefined, asked: ["eni-private"] });
});

test("the oldest are forgotten", async () => {
  for (let id = 101; id <= 150; id++) await publicAddress(aws, `eni-${id}`, folder);
  expect((await askedFor("eni-101")).asked).toEqual([]);
  expect((await askedFor("eni-1")).asked).toEqual(["eni-1"]);
});

test("where nothing can be kept, or what was kept is torn, it is asked for", async () => {
  expect(await askedFor("eni-3", join(folder, "gone"))).toEqual({ address: "192.0.2.3", asked: ["eni-3"] });
  writeFileSync(join(folder, "task-addresses.json"), '{"eni-3":');
  expect(await askedFor("eni-3")).toEqual({ address: "192.0.2.3", asked: ["eni-3"] });
  expect(await askedFor("eni-3")).toEqual({ address: "192.0.2.3", asked: [] });
});
