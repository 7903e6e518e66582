/** TagResource and UntagResource. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { keep } from "../replication.ts";
import { primarySecret } from "../secret.ts";
import { checkedTags, mergedTags } from "../tags.ts";

export const tagResource = operation("secretsmanager", "TagResource", ({ SecretId, Tags }, context) => {
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  const added = checkedTags(Tags);
  const secret = primarySecret(context, SecretId);
  secret.tags = mergedTags(secret.tags, added);
  keep(context, secret);
  return {};
});

export const untagResource = operation("secretsmanager", "UntagResource", ({ SecretId, TagKeys }, context) => {
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  checkedTags(TagKeys.map((Key) => ({ Key })));
  const secret = primarySecret(context, SecretId);
  if (secret.tags.length > 0) secret.wasTagged = true;
  secret.tags = secret.tags.filter(({ Key }) => !TagKeys.includes(Key));
  keep(context, secret);
  return {};
});
