/** Keys of certificates are long enough. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CertificateManager::Certificate"];

export const rule: Rule = {
  id: "certificate-weak-key",
  severity: "high",
  controls: ["ACM.2"],
  types,
  reason: "Such a key can be computed by others.",
  remedy: "Leave out KeyAlgorithm, or take RSA_2048 or more.",
  find: each(types, ({ properties }) => properties["KeyAlgorithm"] === "RSA_1024" && "its key is RSA_1024"),
};
