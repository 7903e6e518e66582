/** AWS::S3::Bucket: what it holds, what is written and read. */
import { times, written } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";

export const bucket: PricedType = {
  price(_, desk) {
    const size = desk.expect("storageGB");
    desk.charge({ item: "S3 storage", price: ["s3", "standard"], quantity: size, detail: `${written(size.expected)} GB` });
    const writes = desk.expect("storageRequests");
    desk.charge({ item: "S3 writes", price: ["s3", "putCopyPostList"], quantity: times(writes, 1e-3), detail: "writes" });
    const reads = times(desk.expect("storageRequests"), 10);
    desk.charge({ item: "S3 reads", price: ["s3", "get"], quantity: times(reads, 1e-3), detail: "reads" });
  },
};
