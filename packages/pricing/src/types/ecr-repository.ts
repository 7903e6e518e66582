/** AWS::ECR::Repository: the images that it keeps. */
import { written } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";

export const repository: PricedType = {
  price(_, desk) {
    const size = desk.expect("imageGB");
    desk.charge({ item: "ECR storage", price: ["ecr", "storage"], quantity: size, detail: `${written(size.expected)} GB of images` });
  },
};
