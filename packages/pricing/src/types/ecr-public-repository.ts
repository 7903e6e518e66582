/** AWS::ECR::PublicRepository: free up to 50 GB in an account (ECR Public's pricing page); what is above has no price here. */
import type { PricedType } from "../priced-type.ts";

const freeGB = 50;

export const publicRepository: PricedType = {
  price(_, desk) {
    const size = desk.expect("imageGB");
    if (size.busy > freeGB) desk.unknown(`a public repository is free up to ${freeGB} GB in the account; more has no price here`);
  },
};
