/** AWS::SQS::Queue: its requests; none are expected of a queue that takes in what others could not deliver. */
import { everywhere, times } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";
import { holds } from "../reading.ts";

export const queue: PricedType = {
  price(own, desk) {
    const dead = desk.set.users(own.type, "RedrivePolicy", own).length > 0;
    const fifo = holds(own.properties, "FifoQueue");
    const requests = dead ? everywhere(0) : desk.expect("queueRequests");
    desk.charge({
      item: `SQS ${fifo ? "FIFO " : ""}requests`,
      price: ["sqs", fifo ? "fifo" : "standard"],
      quantity: times(requests, 1e-6),
      detail: dead ? "no dead letters expected" : "requests",
    });
  },
};
