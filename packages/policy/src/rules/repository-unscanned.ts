/** Images are looked through for known holes. */
import { asRecord, isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECR::Repository"];

export const rule: Rule = {
  id: "repository-unscanned",
  severity: "medium",
  controls: ["ECR.1"],
  types,
  reason: "Nobody learns of a hole in what runs.",
  remedy: "ImageScanningConfiguration: { ScanOnPush: true }.",
  find: each(
    types,
    ({ properties }) => !isTrue(asRecord(properties["ImageScanningConfiguration"])["ScanOnPush"]) && "ScanOnPush is not set",
  ),
};
