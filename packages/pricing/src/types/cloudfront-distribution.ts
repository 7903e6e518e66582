/** AWS::CloudFront::Distribution: its requests; its data stands in the line of what leaves for the internet. Its functions by the call. */
import { times } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";

const secondsPerMonth = 730 * 3600;

export const distribution: PricedType = {
  shared: true,
  price(_, desk) {
    const requests = times(desk.expect("requestsPerSecond"), secondsPerMonth / 1e4);
    const price = ["cloudfront", "httpsRequests.us"] as const;
    desk.charge({ item: "CloudFront requests", price, quantity: requests, detail: "requests to CloudFront", global: true });
  },
};

export const cloudFrontFunction: PricedType = {
  shared: true,
  price(_, desk) {
    const calls = times(desk.expect("requestsPerSecond"), secondsPerMonth / 1e6);
    const price = ["cloudfront", "functions"] as const;
    desk.charge({ item: "CloudFront function", price, quantity: calls, detail: "calls of a function", global: true });
  },
};
