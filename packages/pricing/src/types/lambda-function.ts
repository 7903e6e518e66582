/** AWS::Lambda::Function: its calls, and the memory it holds while they last. */
import { product, times } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";
import { figure, list } from "../reading.ts";

export const lambdaFunction: PricedType = {
  price({ properties }, desk) {
    const requests = desk.expect("functionRequests");
    desk.charge({ item: "Lambda requests", price: ["lambda", "requests"], quantity: times(requests, 1e-6), detail: "calls" });
    const memoryMB = figure(properties, "MemorySize") ?? 128;
    const seconds = times(product(desk.expect("functionRequests"), desk.expect("functionMs")), 1e-3);
    desk.charge({
      item: "Lambda time",
      price: ["lambda", list(properties, "Architectures").includes("arm64") ? "arm.gbSecond" : "x86.gbSecond"],
      quantity: times(seconds, memoryMB / 1024),
      detail: `${memoryMB} MB`,
    });
  },
};
