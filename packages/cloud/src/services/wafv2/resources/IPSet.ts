/** AWS::WAFv2::IPSet. */
import { resource } from "../../../resource.ts";
import { createInput, ownSummary, partsOf, physicalIdOf, retag, unlessGone, updateInput } from "./named.ts";

export const ipSet = resource("AWS::WAFv2::IPSet", {
  coverage: { real: ["Addresses", "Description", "IPAddressVersion", "Name", "Scope", "Tags"] },
  async create(request) {
    const { Addresses, IPAddressVersion } = request.properties;
    const { Summary } = await request.call(
      "wafv2",
      "CreateIPSet",
      createInput(request, { Addresses, IPAddressVersion: IPAddressVersion as "IPV4" }),
    );
    return made(Summary!, request.properties.Scope);
  },
  async find(request) {
    const scope = request.properties.Scope as "REGIONAL";
    const found = await ownSummary(request, async (NextMarker) => {
      const page = await request.call("wafv2", "ListIPSets", { Scope: scope, NextMarker });
      return { summaries: page.IPSets, NextMarker: page.NextMarker };
    });
    return found && made(found, scope);
  },
  async update(request) {
    const { IPSet, LockToken } = await request.call("wafv2", "GetIPSet", partsOf(request.physicalId));
    await request.call("wafv2", "UpdateIPSet", updateInput(request, LockToken, { Addresses: request.properties.Addresses }));
    await retag(request, IPSet!.ARN!);
    return made(IPSet!, request.properties.Scope);
  },
  async delete({ call, physicalId }) {
    const found = await call("wafv2", "GetIPSet", partsOf(physicalId)).catch(unlessGone);
    if (found) await call("wafv2", "DeleteIPSet", { ...partsOf(physicalId), LockToken: found.LockToken! });
  },
});

const made = ({ Name, Id, ARN }: { Name?: string | undefined; Id?: string | undefined; ARN?: string | undefined }, scope: string) => ({
  physicalId: physicalIdOf(Name!, Id!, scope),
  attributes: { Arn: ARN!, Id: Id! },
});
