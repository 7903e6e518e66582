/** AWS::WAFv2::WebACL: itself, each rule and each group of managed rules, and the requests it looks at. */
import { times, written } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";
import { list } from "../reading.ts";

const secondsPerMonth = 730 * 3600;

export const webAcl: PricedType = {
  shared: true,
  price({ properties }, desk) {
    const rules = list(properties, "Rules");
    desk.charge({ item: "WAF", price: ["waf", "webAcl"], quantity: 1, detail: "firewall" });
    desk.charge({ item: "WAF rules", price: ["waf", "rule"], quantity: rules.length, detail: `${rules.length} rules` });
    if (JSON.stringify(rules).includes("AWSManagedRulesBotControlRuleSet"))
      desk.charge({ item: "WAF bot control", price: ["waf", "botControl"], quantity: 1, detail: "bot control" });
    const requests = times(desk.expect("requestsPerSecond"), secondsPerMonth / 1e6);
    desk.charge({ item: "WAF requests", price: ["waf", "requests"], quantity: requests, detail: `${written(requests.expected)} million` });
  },
};
