/** AWS::ApiGatewayV2::Api of the protocol HTTP, and AWS::ApiGateway::RestApi: their requests. */
import { times } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";
import { text } from "../reading.ts";

const secondsPerMonth = 730 * 3600;

export const httpApi: PricedType = {
  shared: true,
  price({ properties }, desk) {
    if (text(properties, "ProtocolType") === "WEBSOCKET") return desk.unknown("an API of web sockets has no prices here");
    const requests = times(desk.expect("requestsPerSecond"), secondsPerMonth / 1e6);
    desk.charge({ item: "API requests", price: ["apiGateway", "http"], quantity: requests, detail: "requests" });
  },
};

export const restApi: PricedType = {
  shared: true,
  price(_, desk) {
    const requests = times(desk.expect("requestsPerSecond"), secondsPerMonth / 1e6);
    desk.charge({ item: "API requests", price: ["apiGateway", "rest"], quantity: requests, detail: "requests" });
  },
};
