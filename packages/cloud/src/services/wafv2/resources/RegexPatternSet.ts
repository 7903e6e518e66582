/** AWS::WAFv2::RegexPatternSet. */
import { resource } from "../../../resource.ts";
import { createInput, ownSummary, partsOf, physicalIdOf, retag, unlessGone, updateInput } from "./named.ts";

export const regexPatternSet = resource("AWS::WAFv2::RegexPatternSet", {
  coverage: { real: ["Description", "Name", "RegularExpressionList", "Scope", "Tags"] },
  async create(request) {
    const { Summary } = await request.call("wafv2", "CreateRegexPatternSet", createInput(request, patterns(request.properties)));
    return made(Summary!, request.properties.Scope);
  },
  async find(request) {
    const scope = request.properties.Scope as "REGIONAL";
    const found = await ownSummary(request, async (NextMarker) => {
      const page = await request.call("wafv2", "ListRegexPatternSets", { Scope: scope, NextMarker });
      return { summaries: page.RegexPatternSets, NextMarker: page.NextMarker };
    });
    return found && made(found, scope);
  },
  async update(request) {
    const { RegexPatternSet, LockToken } = await request.call("wafv2", "GetRegexPatternSet", partsOf(request.physicalId));
    await request.call("wafv2", "UpdateRegexPatternSet", updateInput(request, LockToken, patterns(request.properties)));
    await retag(request, RegexPatternSet!.ARN!);
    return made(RegexPatternSet!, request.properties.Scope);
  },
  async delete({ call, physicalId }) {
    const found = await call("wafv2", "GetRegexPatternSet", partsOf(physicalId)).catch(unlessGone);
    if (found) await call("wafv2", "DeleteRegexPatternSet", { ...partsOf(physicalId), LockToken: found.LockToken! });
  },
});

const patterns = ({ RegularExpressionList }: { RegularExpressionList: string[] }) => ({
  RegularExpressionList: RegularExpressionList.map((RegexString) => ({ RegexString })),
});

const made = ({ Name, Id, ARN }: { Name?: string | undefined; Id?: string | undefined; ARN?: string | undefined }, scope: string) => ({
  physicalId: physicalIdOf(Name!, Id!, scope),
  attributes: { Arn: ARN!, Id: Id! },
});
