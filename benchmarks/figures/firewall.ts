/** The firewall: CPU of inspecting an ordinary request, and how many attacks and harmless texts of the corpus it tells apart. */
import { type AclDefinition, compileAcl } from "../../packages/cloud/src/runtime/firewall/acl.ts";
import type { InspectedRequest } from "../../packages/cloud/src/runtime/firewall/firewall.ts";
import { managedGroupNamed } from "../../packages/cloud/src/runtime/firewall/managed/managed-groups.ts";
import { rateCounter } from "../../packages/cloud/src/runtime/firewall/rates.ts";
import { isSqlInjection } from "../../packages/cloud/src/runtime/firewall/sql/sqli.ts";
import { isCrossSiteScripting } from "../../packages/cloud/src/runtime/firewall/xss/xss.ts";
import { corpus } from "../../packages/cloud/test/runtime/firewall/corpus.ts";
import { type Benchmark, type Figure, median } from "../figure.ts";

const requests = 20_000;
const rounds = 7;
const promisedMicros = 30;

const firewall: Benchmark = () => Promise.resolve([inspection("GET", get), inspection("POST of JSON", post), ...detection()]);
export default firewall;

const visibility = (MetricName: string) => ({ MetricName, CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true });
const groups = ["AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"];
const rules: AclDefinition["rules"] = [
  {
    Name: "rate",
    Priority: 0,
    Statement: { RateBasedStatement: { Limit: 2_000_000_000, AggregateKeyType: "IP" } },
    Action: { Block: {} },
    VisibilityConfig: visibility("rate"),
  },
  ...groups.map((Name, index) => ({
    Name,
    Priority: index + 1,
    Statement: { ManagedRuleGroupStatement: { VendorName: "AWS", Name } },
    OverrideAction: { None: {} },
    VisibilityConfig: visibility(Name),
  })),
];

const headers: [string, string][] = [
  ["Host", "app.example.com"],
  ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"],
  ["Accept", "application/json, text/plain, */*"],
  ["Accept-Language", "en-US,en;q=0.9"],
  ["Accept-Encoding", "gzip, deflate, br"],
  ["Cookie", "session=8f2a9c1e7d; theme=dark"],
  ["Referer", "https://app.example.com/runs"],
];
const get: InspectedRequest = {
  method: "GET",
  path: "/api/v1/runs/42",
  query: "page=2&sort=created_at&q=hello+world",
  httpVersion: "HTTP/1.1",
  headers,
  sourceIp: "127.0.0.1",
  body: new Uint8Array(),
  bodyCut: false,
};
const post: InspectedRequest = {
  ...get,
  method: "POST",
  query: "",
  headers: [...headers, ["Content-Type", "application/json"]],
  body: Buffer.from(
    JSON.stringify({ conversation: "c-1", input: "What's the union of two sets? Select the best option, and don't drop anything." }),
  ),
};

function inspection(name: string, request: InspectedRequest): Figure {
  const counter = rateCounter({ Limit: 2_000_000_000, AggregateKeyType: "IP" });
  const acl = compileAcl(
    { labelPrefix: "awswaf:123456789012:webacl:bench:", defaultAction: { Allow: {} }, visibility: visibility("bench"), rules },
    {
      ipSet: () => [],
      regexPatternSet: () => [],
      ruleGroup: () => undefined,
      managedRuleGroup: (vendor, group) => {
        const found = managedGroupNamed(vendor, group);
        return found && { id: `${vendor}#${group}`, managed: true, labelPrefix: found.labelNamespace, rules: found.rules };
      },
      rateCounter: () => counter,
    },
  );
  if (acl.evaluate(request, Date.now()).action !== "ALLOW") throw new Error("the ordinary request was blocked");
  const micros: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage();
    for (let count = 0; count < requests; count++) acl.evaluate(request, Date.now());
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) micros.push((user + system) / requests);
  }
  const value = median(micros);
  return {
    name: `firewall, CPU of inspecting a ${name} with a rate rule and the common, SQLi and known-bad-inputs groups`,
    ours: `${value.toFixed(1)} µs`,
    reference: `${promisedMicros} µs promised`,
    value,
    limit: { atMost: promisedMicros },
    unit: "µs",
  };
}

/** Of the texts that the detectors were not derived with. */
function detection(): Figure[] {
  const sqli = corpus("sqli").heldOut;
  const xss = corpus("xss").heldOut;
  const harmless = corpus("harmless").heldOut;
  const isInjection = (text: string) => isSqlInjection(text, "LOW");
  return [
    share("SQL injections found", sqli, isInjection, { atLeast: 0.95 }),
    share("harmless texts taken for SQL injections", harmless, isInjection, { atMost: 0.01 }),
    share("cross-site scripting found", xss, isCrossSiteScripting, { atLeast: 0.95 }),
    share("harmless texts taken for cross-site scripting", harmless, isCrossSiteScripting, { atMost: 0.01 }),
  ];
}

function share(name: string, texts: readonly string[], found: (text: string) => boolean, limit: Figure["limit"]): Figure {
  const count = texts.filter(found).length;
  return {
    name: `firewall, ${name}`,
    ours: `${count} (${((count / texts.length) * 100).toFixed(1)} %)`,
    reference: `${texts.length} texts kept apart`,
    value: count / texts.length,
    limit,
  };
}
