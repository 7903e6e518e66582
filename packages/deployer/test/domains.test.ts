/** What is asked of domains before a deploy makes anything, and what is answered. */
import type { Stack } from "@plinth/compiler";
import { expect, test } from "vitest";
import { delegationOf, type AskNameServers } from "../src/domains/delegation.ts";
import { makeZone } from "../src/domains/hosted-zone.ts";
import { checkDomains } from "../src/domains/preflight.ts";
import { lookUp } from "../src/lookups.ts";
import type { DeployedStack } from "../src/stacks/stack-state.ts";
import { awsError, emptyAssembly, fakeAws, fakeDeployment, type Handlers } from "./fake-aws.ts";

const own = ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"];
const stack = (source: object, template: object = {}): Stack => ({
  name: "shop-prod-compute",
  layer: "compute",
  region: "eu-central-1",
  template: { Resources: template } as Stack["template"],
  parameters: { Zone: source } as Stack["parameters"],
  tags: {},
  dependsOn: [],
});
const fails =
  (code: string): AskNameServers =>
  () =>
    Promise.reject(Object.assign(new Error(code), { code }));
const says =
  (...servers: string[]): AskNameServers =>
  () =>
    Promise.resolve(servers);

/** An account with these zones; records by `zone id name`. */
function account(zones: Record<string, string>, delegated: Record<string, string[]> = {}, more: Handlers = {}) {
  return fakeAws({
    "route53.ListHostedZonesByName": ({ DNSName }: { DNSName: string }) => ({
      HostedZones: Object.entries(zones)
        .filter(([name]) => `${name}.` === DNSName)
        .map(([name, id]) => ({ Name: `${name}.`, Id: `/hostedzone/${id}`, Config: { PrivateZone: false } })),
    }),
    "route53.GetHostedZone": () => ({ DelegationSet: { NameServers: own } }),
    "route53.ListResourceRecordSets": ({ HostedZoneId, StartRecordName }: { HostedZoneId: string; StartRecordName: string }) => {
      const found = delegated[`${HostedZoneId} ${StartRecordName}`];
      return {
        ResourceRecordSets: found ? [{ Name: StartRecordName, Type: "NS", ResourceRecords: found.map((Value) => ({ Value })) }] : [],
      };
    },
    ...more,
  });
}

test.each([
  ["the same in another order and other letters", says("NS-2.awsdns-02.net", "ns-1.awsdns-01.com."), "right"],
  ["another provider's", says("ns1.other.example"), "wrong"],
  ["one of them another's", says(own[0]!, "ns1.other.example"), "wrong"],
  ["no such name", fails("ENOTFOUND"), "missing"],
  ["a name without name servers", fails("ENODATA"), "missing"],
  ["servers that do not answer for it", fails("ESERVFAIL"), "broken"],
  ["no DNS", fails("ETIMEOUT"), "unknown"],
] as const)("what DNS names, %s", async (_, ask, state) => {
  const found = await delegationOf(account({ "example.com": "Z1" }), { name: "example.com", id: "Z1" }, ask);
  expect(found).toMatchObject({ state, own, above: undefined });
});

test("a zone above in the same account decides before DNS is asked", async () => {
  const zone = { name: "staging.example.com", id: "Z2" };
  const zones = { "example.com": "Z1", "staging.example.com": "Z2" };
  const never: AskNameServers = () => Promise.reject(new Error("was asked"));
  expect(await delegationOf(account(zones), zone, never)).toMatchObject({ state: "missing", above: { id: "Z1" } });
  const elsewhere = { "Z1 staging.example.com.": ["ns1.other.example."] };
  expect(await delegationOf(account(zones, elsewhere), zone, never)).toMatchObject({ state: "wrong", found: ["ns1.other.example"] });
  const right = { "Z1 staging.example.com.": own.map((name) => `${name}.`) };
  expect(await delegationOf(account(zones, right), zone, says(...own))).toMatchObject({ state: "right" });
});

test("a domain that leads elsewhere ends a first deploy with the records to set, and is only told of later", async () => {
  const one = stack({ from: "hosted-zone", zone: "example.com" });
  const aws = account({ "example.com": "Z1" });
  const deployment = fakeDeployment(aws);
  const given = {
    stacks: [one],
    lookups: await lookUp(aws, { ...emptyAssembly, stacks: [one] }, new Map()),
    deployed: new Map<string, DeployedStack>(),
    made: [],
    commandOptions: " --stage prod",
    ask: says("ns1.other.example"),
  };
  await expect(checkDomains(deployment, given)).rejects.toMatchObject({
    code: "environment",
    message:
      "The domain example.com does not lead to its zone in Route 53: its registrar names ns1.other.example. Its certificate would wait in vain.",
    remedy:
      "At the registrar of example.com (or in the zone above it), set the name servers below, wait until DNS tells of it, then plinth deploy --stage prod. Nothing was changed.",
    evidence: ["example.com NS ns-1.awsdns-01.com", "example.com NS ns-2.awsdns-02.net"],
  });
  await expect(checkDomains(deployment, { ...given, made: [{ name: "example.com", id: "Z1" }] })).rejects.toMatchObject({
    remedy: expect.stringContaining("The zone was made; nothing else was changed.") as string,
  });
  const deployed = new Map([[one.name, { name: one.name, parameters: { Zone: "Z1" } } as unknown as DeployedStack]]);
  expect(await checkDomains(deployment, { ...given, deployed })).toEqual({ checked: ["example.com"] });
  expect(await checkDomains(deployment, { ...given, ask: fails("ECONNREFUSED") })).toEqual({ checked: ["example.com"] });
  expect(deployment.events.map((event) => (event.type === "note" ? event.message.slice(0, 40) : event.type))).toEqual([
    "The domain example.com does not lead to ",
    "Whether example.com leads to its zone co",
  ]);
});

test("a zone that is wanted is made once, and handed on to from the zone above; without the wish it is named", async () => {
  const changes: unknown[] = [];
  const aws = account(
    { "example.com": "Z1" },
    {},
    {
      "route53.CreateHostedZone": ({ Name }: { Name: string }) => ({ HostedZone: { Id: "/hostedzone/Z9", Name: `${Name}.` } }),
      "route53.ChangeResourceRecordSets": (input: unknown) => changes.push(input) && {},
    },
  );
  expect(await makeZone(aws, "staging.example.com", "r")).toEqual({
    name: "staging.example.com",
    id: "Z9",
    delegatedBy: { name: "example.com", id: "Z1" },
  });
  expect(changes).toMatchObject([
    {
      HostedZoneId: "Z1",
      ChangeBatch: {
        Changes: [
          {
            Action: "CREATE",
            ResourceRecordSet: { Name: "staging.example.com", Type: "NS", ResourceRecords: own.map((name) => ({ Value: `${name}.` })) },
          },
        ],
      },
    },
  ]);
  const wanted = { ...emptyAssembly, stacks: [stack({ from: "hosted-zone", zone: "example.org", create: true })] };
  const made: string[] = [];
  const make = async (name: string) => (made.push(name), "Z7");
  expect(await lookUp(aws, wanted, new Map(), make)).toEqual(new Map([["hosted-zone example.org", "Z7"]]));
  expect(made).toEqual(["example.org"]);
  // A plan makes nothing.
  expect(await lookUp(aws, wanted, new Map())).toEqual(new Map());
  const plain = { ...emptyAssembly, stacks: [stack({ from: "hosted-zone", zone: "example.org" })] };
  await expect(lookUp(aws, plain, new Map(), make)).rejects.toMatchObject({
    message: "Route 53 has no public zone example.org in this account.",
    remedy: "Write createZone: true beside zone, then the deploy makes it; or correct the zone. Nothing was changed.",
  });
});

const arn = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/1`;

test.each([
  [
    "eu-west-1",
    {},
    `The certificate ${arn("eu-west-1")} lies in eu-west-1, and shop-prod-compute takes only those of eu-central-1.`,
    /aws acm request-certificate --region eu-central-1/,
  ],
  [
    "eu-central-1",
    () => {
      throw awsError("ResourceNotFoundException", "Could not find certificate");
    },
    `There is no certificate ${arn("eu-central-1")} in this account.`,
    /Request or import one in eu-central-1/,
  ],
  [
    "eu-central-1",
    () => ({ Certificate: { Status: "PENDING_VALIDATION" } }),
    `The certificate ${arn("eu-central-1")} is PENDING_VALIDATION.`,
    /aws acm describe-certificate/,
  ],
  [
    "eu-central-1",
    () => ({ Certificate: { Status: "ISSUED", NotAfter: new Date("2025-12-31") } }),
    `The certificate ${arn("eu-central-1")} has run out on 2025-12-31.`,
    /Import it anew/,
  ],
] as const)("a certificate from outside in %s that cannot be used is named", async (region, answer, message, remedy) => {
  const aws = fakeAws(typeof answer === "function" ? { "acm.DescribeCertificate": answer as () => unknown } : {});
  const listener = { Https: { Type: "Listener", Properties: { Certificates: [{ CertificateArn: arn(region) }] } } };
  const one = { ...stack({}, listener), parameters: {} };
  const given = { stacks: [one], lookups: new Map(), deployed: new Map(), made: [], commandOptions: "" };
  await expect(checkDomains(fakeDeployment(aws), given)).rejects.toMatchObject({
    code: "environment",
    message,
    remedy: expect.stringMatching(remedy) as string,
  });
});
