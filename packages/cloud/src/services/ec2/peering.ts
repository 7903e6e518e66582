/** What a peering connection joins. */
import type { OperationContext } from "../../service.ts";
import { peeringConnections } from "./shelf.ts";

/** Whether an active connection joins the two VPCs, so that what stands in one may name what stands in the other. */
export const peered = (context: OperationContext, one: string, other: string): boolean =>
  peeringConnections(context)
    .list()
    .some(
      ({ status, requester, accepter }) =>
        status === "active" && [requester, accepter].every(({ vpcId }) => vpcId === one || vpcId === other),
    );
