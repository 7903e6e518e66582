/** AWS::SNS::Topic: messages that are published to it. */
import { times } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";

export const topic: PricedType = {
  price(_, desk) {
    const messages = desk.expect("topicMessages");
    desk.charge({ item: "SNS messages", price: ["sns", "publish"], quantity: times(messages, 1e-6), detail: "messages" });
  },
};
